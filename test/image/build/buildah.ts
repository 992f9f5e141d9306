/** buildah without an engine or a daemon, over a store of our own: nothing of the user's images is seen or touched. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../lab/process/run-command.ts';

export interface Buildah {
  /** Builds a Dockerfile; answers what the build printed. @throws CommandError with the builder's text. */
  build(options: BuildOptions): Promise<string>;
  exists(image: string): Promise<boolean>;
  images(): Promise<readonly string[]>;
  remove(image: string): Promise<void>;
  /** Writes an image to a folder as an OCI layout, compressed as a registry would get it. */
  push(image: string, folder: string): Promise<void>;
}

export interface BuildOptions {
  readonly dockerfile: string;
  readonly context: string;
  readonly tag: string;
  readonly arguments?: Readonly<Record<string, string>>;
  /** Secret name -> file. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** `signal` ends a build. */
export function openBuildah(folder: string, signal: AbortSignal): Buildah {
  // Caches that a Dockerfile mounts lie below it.
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const store = ['--root', join(folder, 'store'), '--runroot', join(folder, 'run')];
  // No driver but vfs works everywhere, in a container as well.
  const common = [...store, '--storage-driver', 'vfs'];
  const run = async (args: readonly string[]): Promise<string> => {
    const env = { ...process.env, TMPDIR: temporary };
    const { stdout, stderr } = await runCommand('buildah', [...common, ...args], { env, signal });
    return stdout + stderr;
  };
  const images = async (): Promise<readonly string[]> => {
    const text = await run(['images', '--format', '{{.Name}}:{{.Tag}}']);
    return text.split('\n').filter((line) => line !== '');
  };
  return {
    images,
    build: ({ dockerfile, context, tag, arguments: values = {}, secrets = {} }) =>
      run([
        'bud',
        '--isolation',
        'chroot',
        ...Object.entries(values).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
        ...Object.entries(secrets).flatMap(([id, file]) => ['--secret', `id=${id},src=${file}`]),
        '--file',
        dockerfile,
        '--tag',
        tag,
        context,
      ]),
    exists: async (image) => (await images()).includes(image),
    remove: async (image) => {
      await run(['rmi', image]);
    },
    push: async (image, target) => {
      await run(['push', '--quiet', image, `oci:${target}:image`]);
    },
  };
}
