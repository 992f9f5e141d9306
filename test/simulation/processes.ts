/** The processes of an installation: each that dies is followed by another, until the chart is uninstalled. */
import { Election } from './election.ts';
import type { Machine } from './machine.ts';
import { OperatorProcess } from './process.ts';
import { putNodesBack } from './put-nodes-back.ts';
import type { World } from './world.ts';

interface Replica {
  home: Machine | undefined;
  process: OperatorProcess | undefined;
}

/** Each process that dies is followed by another one under a new identity: on the same machine, or on another where that is gone. */
export function startProcesses(
  world: World,
  machines: ReadonlyMap<string, Machine>,
): () => readonly OperatorProcess[] {
  const { scenario, state, time } = world;
  const election = new Election(time);
  const random = world.random('processes');
  const replicas: Replica[] = Array.from({ length: scenario.replicas }, (_, i) => ({
    home: scenario.inCluster ? [...machines.values()][i] : undefined,
    process: undefined,
  }));
  const onBug = (what: string, error: unknown): void =>
    world.fail(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  let started = 0;
  let installed = true;
  let endRelease: (() => void) | undefined;
  const start = (replica: Replica): void => {
    if (!installed || replica.process?.alive === true) return;
    if (replica.home?.retired === true) replica.home = [...machines.values()].find(({ up }) => up);
    if (scenario.inCluster && replica.home?.up !== true) return;
    started += 1;
    replica.process = new OperatorProcess({
      world,
      id: `operator-${started}`,
      election,
      nodeName: replica.home?.name,
      replicas: () =>
        replicas.flatMap(({ home, process }) =>
          home === undefined || process?.alive !== true
            ? []
            : [{ pod: `pod-${home.name}`, nodeName: home.name, ready: true }],
        ),
      onDeath: () => void time.after(random.int(1000, 6000), () => start(replica)),
      onBug,
    });
  };
  /** The namespace of the tasks goes with the chart. */
  const endTasks = (): void => {
    for (const task of state.all('tasks'))
      if (!task.deleting) state.put('tasks', task.podName, { ...task, deleting: true }, 'helm');
  };
  const uninstall = (hooks: boolean): void => {
    if (!installed) return;
    installed = false;
    for (const { process } of replicas) process?.die();
    if (hooks) endRelease = putNodesBack(world, election, onBug, endTasks);
    else endTasks();
  };
  const install = (): void => {
    if (installed) return;
    endRelease?.();
    endRelease = undefined;
    installed = true;
    for (const replica of replicas) start(replica);
  };
  world.onChart.push((verb) => {
    if (verb === 'install') install();
    else if (verb === 'upgrade')
      for (const [i, replica] of replicas.entries()) time.after(5000 * i, () => replica.process?.die());
    else uninstall(verb === 'uninstall');
  });
  for (const machine of machines.values()) {
    const here = (): Replica[] => replicas.filter(({ home }) => home === machine);
    machine.on(
      () => {
        for (const { process } of here()) process?.die();
      },
      () => {
        for (const replica of here()) time.after(3000, () => start(replica));
      },
    );
  }
  for (const replica of replicas) start(replica);
  for (const at of scenario.kills ?? [])
    time.after(at, () => {
      world.tell('all processes of the operator die');
      for (const { process } of replicas) process?.die();
    });
  return () => replicas.flatMap(({ process }) => (process?.alive === true ? [process] : []));
}
