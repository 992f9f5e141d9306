/** `npm run lab`: a local cluster with simulated hosts in the foreground, for people and programs to play with. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installOperator, writeOperatorKubeconfig } from '../test/lab/chart.ts';
import { makeOperatorImage } from '../test/lab/image.ts';
import { startLab } from '../test/lab/lab.ts';
import type { Lab } from '../test/lab/lab.ts';
import { applyPolicies, applyScene, readScene } from '../test/lab/scene.ts';
import type { Scene } from '../test/lab/scene.ts';
import { bundle, bundles } from './build/bundle.ts';

const usage = `Usage: npm run lab -- [--dir FOLDER] [--scene FILE]

Starts a real Kubernetes control plane and the kubelets of simulated Bottlerocket and COS hosts on this machine, without the
operator, and runs until Ctrl-C.

  --dir FOLDER   where it puts its files, which then stay; default: a temporary folder, removed at the end
  --scene FILE   YAML of Nodes, workloads and policies to begin with; default: test/lab/scenes/small.yaml
  --help         this text
`;
const defaultScene = join(import.meta.dirname, '../test/lab/scenes/small.yaml');

process.exitCode = await main(process.argv.slice(2));

async function main(argv: string[]): Promise<number> {
  const options = readOptions(argv);
  if (options === undefined) return 2;
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // The second time somebody does not want to wait for a tidy end; the kernel then ends the children.
      if (end.signal.aborted) process.exit(130);
      end.abort();
    });
  }
  let failure: string | undefined;
  let lab: Lab | undefined;
  try {
    const scene = readScene(options.scene);
    // The image is made of the sources as they are now.
    for (const one of bundles) await bundle(join(import.meta.dirname, '..'), one);
    say('Starting the control plane');
    lab = await startLab({
      ...(options.dir !== undefined && { dir: options.dir }),
      images: (dir) => [makeOperatorImage(join(dir, 'image'))],
      signal: end.signal,
      onFailure: (sentence) => {
        failure = sentence;
        end.abort();
      },
    });
    await orEnd(end.signal, prepare(lab, scene, options.dir !== undefined));
    await orEnd(end.signal, new Promise<never>(() => undefined));
  } catch (error) {
    if (!end.signal.aborted) failure = error instanceof Error ? error.message : String(error);
  } finally {
    if (lab !== undefined) say('Stopping');
    await lab?.stop();
  }
  if (failure === undefined) return 0;
  process.stderr.write(`${failure}\n`);
  return 1;
}

function readOptions(argv: string[]): { dir?: string; scene: string; help: boolean } | undefined {
  try {
    return parseArgs({
      args: argv,
      options: {
        dir: { type: 'string' },
        scene: { type: 'string', default: defaultScene },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return undefined;
  }
}

async function prepare(lab: Lab, scene: Scene, keepsFiles: boolean): Promise<void> {
  say(`Starting ${String(scene.nodes.length)} nodes`);
  await applyScene(lab, scene);
  // The chart without a Pod: CRDs, namespaces and rights, so that an operator outside has exactly those of one inside.
  await installOperator(lab, { values: { replicas: 0 }, wait: false });
  await applyPolicies(lab, scene);
  const operatorKubeconfig = await writeOperatorKubeconfig(lab);
  say(`
The lab is up. Its files are in ${lab.dir}, and ${keepsFiles ? 'stay there' : 'go with it'}.

  As administrator:          export KUBECONFIG=${lab.adminKubeconfig}
  The kubectl that fits:     ${lab.programs.kubectl}
  The operator, from source: npm run operator -- --kubeconfig ${operatorKubeconfig}
  How to steer the hosts:    test/lab/README.md

Ctrl-C ends it.`);
}

/** @throws the signal's reason when it is aborted first. What was under way then fails when its cluster ends, unheard. */
async function orEnd<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('The lab was ended'));
    });
    if (signal.aborted) reject(new Error('The lab was ended'));
  });
  return Promise.race([work, aborted]);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
