/** One run: the world of a scenario from its start until everything is quiet, with the invariants looked at after every write. */
import { noon } from '../support/builders.ts';
import { ApiServer } from './api-server.ts';
import { ClusterState } from './cluster-state.ts';
import { judgeEnd, watchLoops, watchQuiet } from './ending.ts';
import { Gates } from './gates.ts';
import { watchAttemptInvariants } from './invariants/attempts.ts';
import { watchBackInService } from './invariants/back-in-service.ts';
import { watchGatesAtClaims } from './invariants/gates-at-claims.ts';
import { watchGates } from './invariants/gates.ts';
import { watchInvariants } from './invariants.ts';
import { watchWindows } from './invariants/windows.ts';
import { watchVersions } from './invariants/versions.ts';
import { watchHookInvariants } from './invariants/hooks.ts';
import { startJobController } from './job-controller.ts';
import { watchZoneInvariants } from './invariants/topology.ts';
import { watchPlanInvariants } from './invariants/plan-mode.ts';
import { watchWaveInvariants } from './invariants/waves.ts';
import { watchWavesAtClaims } from './invariants/waves-at-claims.ts';
import { startKubelet } from './kubelet.ts';
import { Machine } from './machine.ts';
import { startMischief } from './mischief.ts';
import { letPeopleAct } from './people.ts';
import { startProcesses } from './processes.ts';
import { randomOf } from './random.ts';
import type { Scenario } from './scenario.ts';
import { tellStates } from './story.ts';
import { VirtualTime, withTimersOn } from './virtual-time.ts';
import { Workloads } from './workloads.ts';
import type { World } from './world.ts';

export interface Run {
  /** What broke, if anything did. */
  readonly problem: string | undefined;
  readonly story: readonly string[];
  /** Machines that changed their version. */
  readonly updated: number;
  readonly happenings: number;
}

const mostHappenings = 400_000;

/** @param watch is given the world before anything happens in it. */
export async function simulate(scenario: Scenario, watch?: (world: World) => void): Promise<Run> {
  const start = scenario.startsAt === undefined ? noon : Date.parse(scenario.startsAt);
  const time = new VirtualTime(start);
  const state = new ClusterState();
  const story: string[] = [];
  let problem: string | undefined;
  const tell = (line: string): void => {
    const at = time.now - start;
    story.push(`${clock(at)}  ${line}`);
  };
  const fail = (what: string): void => {
    problem ??= `${clock(time.now - start)}  ${what}`;
    time.stopped = true;
  };
  const world: World = {
    scenario,
    time,
    state,
    api: new ApiServer(state, () => time.now),
    gates: new Gates(time, randomOf(scenario.seed, 'gates')),
    startedAt: start,
    random: (name) => randomOf(scenario.seed, name),
    rate: (name) => (time.now - start >= scenario.calmAt ? 0 : scenario.rates[name]),
    rebootCalls: [],
    onOrderedReboot: [],
    onPinned: [],
    onStaged: [],
    lists: [],
    onChart: [],
    statusPut: undefined,
    claimsSent: new Map(),
    tell,
    fail,
  };
  const machines = new Map(scenario.machines.map((spec) => [spec.name, new Machine(world, spec)]));
  for (const machine of machines.values()) startKubelet(world, machine);
  const workloads = new Workloads(world, machines);
  startJobController(world);
  watchInvariants(world, machines);
  watchBackInService(world, machines);
  watchGates(world);
  watchGatesAtClaims(world);
  watchWindows(world);
  watchVersions(world);
  watch?.(world);
  watchAttemptInvariants(world);
  watchHookInvariants(world);
  watchWaveInvariants(world, machines);
  watchWavesAtClaims(world);
  watchZoneInvariants(world);
  watchPlanInvariants(world);
  const remade = new Set<string>();
  state.onChange(({ kind, key, after }) => {
    if (kind === 'nodes' && after === undefined) remade.add(key);
  });
  letPeopleAct(world, machines, workloads);
  tellStates(world);
  watchQuiet(world);
  watchLoops(world);
  const processes = startProcesses(world, machines);
  startMischief(world, machines, processes);
  await withTimersOn(time, async () => {
    try {
      await time.runUntil(start + scenario.endAt, mostHappenings);
    } catch (error) {
      fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  });
  if (problem === undefined) judgeEnd(world, machines, remade);
  return {
    problem,
    story,
    updated: [...machines.values()].filter(({ running, spec }) => running !== spec.version).length,
    happenings: time.happened,
  };
}

function clock(ms: number): string {
  const pad = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  return `${pad(ms / 3_600_000)}:${pad((ms / 60_000) % 60)}:${pad((ms / 1000) % 60)}`;
}
