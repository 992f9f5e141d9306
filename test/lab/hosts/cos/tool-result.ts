/** What a run of one of the host's tools does, as the program that stands for it is told. */
export interface ToolResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  /** The program never ends by itself. */
  readonly hang?: boolean;
}

export function exits(exitCode: number, out: { stdout?: string; stderr?: string } = {}): ToolResult {
  return { stdout: out.stdout ?? '', stderr: out.stderr ?? '', exitCode };
}

export const hangs: ToolResult = { stdout: '', stderr: '', exitCode: 0, hang: true };
