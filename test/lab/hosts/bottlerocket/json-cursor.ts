/** A place in a JSON text, with errors that name line and column as the server's own parser does. */

export class JsonError extends Error {
  override readonly name = 'JsonError';
}

export class JsonCursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(text: string) {
    this.#bytes = Buffer.from(text, 'utf8');
  }

  /** The next character that is not white space, not consumed; undefined at the end. */
  peek(): string | undefined {
    while (/^[ \t\n\r]$/.test(this.#char() ?? '')) this.#at += 1;
    return this.#char();
  }

  take(): void {
    this.#at += 1;
  }

  /** Consumes `pattern` (sticky, on single bytes) from here; undefined when it does not match. */
  match(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.#bytes.toString('latin1', this.#at));
    if (found?.index !== 0) return undefined;
    this.#at += found[0].length;
    return Buffer.from(found[0], 'latin1').toString('utf8');
  }

  /** An error behind what was consumed. */
  error(text: string): JsonError {
    return this.#errorAt(text, this.#at);
  }

  /** An error at the next character, which counts. */
  errorAtNext(text: string): JsonError {
    return this.#errorAt(text, Math.min(this.#at + 1, this.#bytes.length));
  }

  #char(): string | undefined {
    const byte = this.#bytes[this.#at];
    return byte === undefined ? undefined : String.fromCharCode(byte);
  }

  #errorAt(text: string, end: number): JsonError {
    const before = this.#bytes.toString('latin1', 0, end);
    const line = before.split('\n').length;
    const column = end - (before.lastIndexOf('\n') + 1);
    return new JsonError(`${text} at line ${line} column ${column}`);
  }
}
