/** `npm run demo`: a real control plane with simulated hosts, and a rollout over all of them to look at. */
import { join } from 'node:path';
import { makeOperatorImage } from '../test/lab/image.ts';
import { startLab } from '../test/lab/lab.ts';
import type { Lab } from '../test/lab/lab.ts';
import { until } from '../test/lab/process/until.ts';
import { applyPolicies, parseScene, sceneText } from '../test/lab/scene.ts';
import { demoExpectations, demoScene } from '../test/lab/scenes/demo-scene.ts';
import { record } from '../test/recorder/record.ts';
import type { Recording } from '../test/recorder/record.ts';
import { formatViolation } from '../test/recorder/violation.ts';
import { hostVersions } from './demo/host-versions.ts';
import { buildBundles } from './demo/image.ts';
import type { DemoOptions } from './demo/options.ts';
import { readOptions, usage } from './demo/options.ts';
import { planOnly, printPlans } from './demo/plan-only.ts';
import { prepareCluster } from './demo/prepare.ts';
import { isFinished } from './demo/rollout.ts';
import { showRollout } from './demo/show.ts';
import type { Summary } from './demo/summary.ts';
import { describeSummary, isSuccess, summarise } from './demo/summary.ts';
import { clockText } from './demo/time-text.ts';
import { tryThePlan, tryThis } from './demo/try-this.ts';
import { watchRollout } from './demo/watch-rollout.ts';

/** Milliseconds that a rollout may take, for each node and beside them. */
const perNodeMs = 60_000;
const besidesMs = 300_000;
/** Nobody freezes watches here, so the recorder may judge more sharply than after the design's 90 s. */
const nodeSightMs = 15_000;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  let options: DemoOptions;
  try {
    options = readOptions(argv);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
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
  return demonstrate(options, end);
}

async function demonstrate(options: DemoOptions, end: AbortController): Promise<number> {
  const output = options.json ? process.stderr : process.stdout;
  const began = performance.now();
  const say = (text: string): void => void output.write(`${clockText(performance.now() - began)}  ${text}\n`);
  let lab: Lab | undefined;
  let recording: Recording | undefined;
  let summary: Summary | undefined;
  let failure: string | undefined;
  try {
    await buildBundles();
    say('Starting etcd, API server, controller manager and scheduler');
    // What has begun to start is stopped in order, for which it has to be up.
    const patience = (): void => {
      say('Ending as soon as they are up; a second Ctrl-C does not wait');
    };
    end.signal.addEventListener('abort', patience);
    lab = await startLab({
      images: (dir) => [makeOperatorImage(join(dir, 'image'))],
      signal: end.signal,
      onFailure: (sentence) => {
        failure = sentence;
        end.abort();
      },
    });
    end.signal.removeEventListener('abort', patience);
    end.signal.throwIfAborted();
    recording = await record(lab, { nodeSightMs });
    if (options.mode === 'Plan') return await plan(lab, recording, options, say, end.signal);
    summary = await rollOut(lab, recording, options, say, end.signal);
    output.write(`${describeSummary(summary, recording.seen())}\n`);
    if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    if (options.keep) {
      output.write(tryThis(lab, demoExpectations(options.nodes)));
      await untilAborted(end.signal);
    }
  } catch (error) {
    if (!end.signal.aborted) failure = error instanceof Error ? error.message : String(error);
  } finally {
    if (lab !== undefined) output.write('Cleaning up\n');
    await recording?.abandon();
    await lab?.stop();
  }
  if (failure !== undefined) process.stderr.write(`${failure}\n`);
  if (summary === undefined) return failure === undefined ? 130 : 1;
  return isSuccess(summary) ? 0 : 1;
}

/** The exit code. @throws Error when the cluster does not come up or a node is in no plan; an AbortError after `signal`. */
async function plan(
  lab: Lab,
  recording: Recording,
  { nodes, json, keep }: DemoOptions,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const expected = demoExpectations(nodes);
  const scene = parseScene(sceneText(demoScene({ nodes, mode: 'Plan' })));
  await prepareCluster(lab, scene, say, signal);
  say('Applying two policies in mode Plan with kubectl');
  const plans = await planOnly(lab, scene, expected, { withinMs: nodes * 10_000 + besidesMs, signal });
  const output = json ? process.stderr : process.stdout;
  printPlans(plans, output);
  const violations = await recording.stop();
  const runs = hostVersions(lab, expected);
  const changed = expected.filter(({ node, from }) => runs.get(node) !== from).map(({ node }) => node);
  for (const violation of violations) process.stderr.write(`${formatViolation(violation)}\n`);
  if (changed.length > 0) process.stderr.write(`Changed in spite of mode Plan: ${changed.join(', ')}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ nodes, plans, changed, violations })}\n`);
  if (keep) {
    output.write(tryThePlan(lab));
    await untilAborted(signal);
  }
  return changed.length === 0 && violations.length === 0 ? 0 : 1;
}

/** @throws Error when the cluster does not come up; an AbortError after `signal`. */
async function rollOut(
  lab: Lab,
  recording: Recording,
  { nodes, plain, json }: DemoOptions,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<Summary> {
  const expected = demoExpectations(nodes);
  const scene = parseScene(sceneText(demoScene({ nodes, bootMs: 3000, prepareMs: 2000 })));
  await prepareCluster(lab, scene, say, signal);
  say('Applying two policies with kubectl');
  await applyPolicies(lab, scene);

  const watching = new AbortController();
  let onChange = (): void => undefined;
  const watched = watchRollout(
    lab,
    expected,
    () => {
      onChange();
    },
    AbortSignal.any([signal, watching.signal]),
  );
  const output = json ? process.stderr : process.stdout;
  const living = output.isTTY && !plain && process.env['TERM'] !== 'dumb';
  const show = showRollout({ output, living, env: process.env, now: watched.now, say });
  onChange = show.changed;
  const started = performance.now();
  try {
    const finished = until(
      'every node to run the new version',
      () => isFinished(watched.now()) || undefined,
      {
        withinMs: nodes * perNodeMs + besidesMs,
        signal,
      },
    );
    await Promise.race([finished, watched.ended.then(() => finished)]);
  } catch (error) {
    // A rollout that does not end is told of by the summary, which then names what is missing.
    if (signal.aborted) throw error;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  } finally {
    onChange = () => undefined;
    show.close();
  }
  const seconds = (performance.now() - started) / 1000;
  const rollout = watched.now();
  watching.abort();
  const violations = await recording.stop();
  return summarise(expected, rollout, hostVersions(lab, expected), seconds, violations);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
    // A signal alone does not keep a process.
    const alive = setInterval(() => undefined, 60_000);
    signal.addEventListener('abort', () => {
      clearInterval(alive);
    });
  });
}
