/** One line of the log that the recorded client kept of its own requests. */
export interface ClientLine {
  readonly method: string;
  readonly target: string;
  readonly body: string | undefined;
  readonly status: string;
}

/** `POST /x HTTP/1.1 | content-type: … body {…} -> 204 No Content  (x2)`, as the recorded client's log has it. */
export function readLine(line: string): ClientLine {
  const parts = /^(\w+) (\S+) HTTP\/1\.1(?: \|.*?(?: body (\{.*\}))?)? -> (\d+)/.exec(line);
  if (parts === null) throw new Error(`not a recorded request: ${line}`);
  const [, method = '', target = '', body, status = ''] = parts;
  return { method, target, body, status };
}
