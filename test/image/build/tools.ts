/** Whether this machine can build an image; scripts/ensure-image-tools.sh has tried to make it so. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { hasCode } from '../../lab/process/attempt.ts';

/** What is missing, in one sentence; undefined where nothing is. */
export function missingImageTool(env: NodeJS.ProcessEnv): string | undefined {
  if (!isOnPath('buildah', env)) {
    return 'The image needs buildah to be built, and it is not installed: apt-get install buildah uidmap';
  }
  if (env['NODE_IMAGE'] === undefined && !isOnPath('apt-get', env)) {
    return "The image is built over Debian's packages, and there is no apt-get: set NODE_IMAGE to a base that buildah can pull";
  }
  return undefined;
}

function isOnPath(program: string, { PATH = '' }: NodeJS.ProcessEnv): boolean {
  return PATH.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch (error) {
      if (hasCode(error, 'ENOENT') || hasCode(error, 'EACCES') || hasCode(error, 'ENOTDIR')) return false;
      throw error;
    }
  });
}
