import { hasCode } from '../process/attempt.ts';
import { runCommand } from '../process/run-command.ts';

const wanted = { major: 1, minor: 26 };

/** The machine's Go cannot build the lab's programs. The message says what to do. */
export class GoMissingError extends Error {
  override readonly name = 'GoMissingError';
}

/** @throws GoMissingError when `go` is absent or older than 1.26. */
export async function requireGo(env: NodeJS.ProcessEnv): Promise<void> {
  const need = `Go ${String(wanted.major)}.${String(wanted.minor)} or newer is needed to build the local control plane`;
  let said: string;
  try {
    // Outside any module, so that no go.mod makes the command fetch another toolchain.
    said = (await runCommand('go', ['version'], { env: { ...env, GOTOOLCHAIN: 'local' }, cwd: '/' })).stdout;
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new GoMissingError(`${need}, but there is no \`go\` on the PATH. See https://go.dev/doc/install.`, {
      cause: error,
    });
  }
  if (!isNewEnough(said)) throw new GoMissingError(`${need}, but this is ${said.trim()}.`);
}

/** @param said what `go version` prints. A development version counts as new. */
export function isNewEnough(said: string): boolean {
  const match = /go(\d+)\.(\d+)/.exec(said);
  if (match === null) return said.includes('devel');
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > wanted.major || (major === wanted.major && minor >= wanted.minor);
}
