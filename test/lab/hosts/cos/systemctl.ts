/** The program `systemctl`, as far as update_engine's unit and the machine's own end go. */
import type { CosFaults } from './faults.ts';
import { exits, type ToolResult } from './tool-result.ts';
import type { UnitState, UpdateEngineUnit } from './update-engine-unit.ts';

const unitName = 'update-engine.service';
const noUnit = {
  LoadState: 'not-found',
  ActiveState: 'inactive',
  SubState: 'dead',
  ConditionResult: 'no',
  ConditionTimestampMonotonic: '0',
} as const satisfies UnitState;

export interface SystemctlWorld {
  faults(): CosFaults;
  readonly unit: UpdateEngineUnit;
  readonly inChroot: boolean;
  /** The caller's environment says that a chroot does not matter. */
  readonly ignoresChroot: boolean;
  reboot(): ToolResult;
  /** systemd stops its units. */
  goesDown(): boolean;
}

interface Command {
  readonly verb: string;
  readonly units: readonly string[];
  readonly properties: readonly string[];
  readonly valuesOnly: boolean;
}

export function systemctl(args: readonly string[], world: SystemctlWorld): ToolResult {
  const command = parse(args);
  const refuses = world.faults().systemctlRefusesChroot ?? false;
  if (world.inChroot && (refuses === true || (refuses === 'UnlessTold' && !world.ignoresChroot)))
    return exits(0, { stderr: `Running in chroot, ignoring command '${command.verb}'\n` });
  const [name] = command.units;
  switch (command.verb) {
    case 'reboot':
      return world.reboot();
    case 'is-system-running':
      return world.goesDown() ? exits(1, { stdout: 'stopping\n' }) : exits(0, { stdout: 'running\n' });
    case 'show':
      return show(command, stateOf(name, world));
    case 'is-active': {
      const { ActiveState } = stateOf(name, world);
      return exits(ActiveState === 'active' ? 0 : 3, { stdout: `${ActiveState}\n` });
    }
    case 'is-failed': {
      const { ActiveState } = stateOf(name, world);
      return exits(ActiveState === 'failed' ? 0 : 1, { stdout: `${ActiveState}\n` });
    }
    case 'start':
    case 'restart':
    case 'stop':
      return change(command.verb, name, world);
    default:
      return exits(1, { stderr: `Unknown command verb ${command.verb}.\n` });
  }
}

function change(
  verb: 'start' | 'restart' | 'stop',
  name: string | undefined,
  world: SystemctlWorld,
): ToolResult {
  const full = fullName(name);
  const { LoadState } = stateOf(name, world);
  if (LoadState === 'not-found')
    return exits(5, { stderr: `Failed to ${verb} ${full}: Unit ${full} not found.\n` });
  if (LoadState === 'masked' && verb !== 'stop')
    return exits(1, { stderr: `Failed to ${verb} ${full}: Unit ${full} is masked.\n` });
  if (verb !== 'start') world.unit.stop();
  if (verb !== 'stop') world.unit.start();
  return exits(0);
}

function show(command: Command, state: UnitState): ToolResult {
  const all = Object.entries({ Id: fullName(command.units[0]), ...state });
  const wanted =
    command.properties.length === 0 ? all : all.filter(([key]) => command.properties.includes(key));
  const lines = wanted.map(([key, value]) => (command.valuesOnly ? value : `${key}=${value}`));
  return exits(0, { stdout: lines.map((line) => `${line}\n`).join('') });
}

function stateOf(name: string | undefined, world: SystemctlWorld): UnitState {
  return fullName(name) === unitName ? world.unit.state() : noUnit;
}

function fullName(name: string | undefined): string {
  return name === undefined || name.includes('.') ? (name ?? '') : `${name}.service`;
}

function parse(args: readonly string[]): Command {
  const words: string[] = [];
  const properties: string[] = [];
  let valuesOnly = false;
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? '';
    const joined = /^(?:--property=|-p)(.+)$/.exec(arg)?.[1];
    if (arg === '-p' || arg === '--property' || joined !== undefined) {
      const list = joined ?? args[(i += 1)] ?? '';
      properties.push(...list.split(','));
    } else if (arg === '--value') valuesOnly = true;
    else if (!arg.startsWith('-')) words.push(arg);
  }
  const [verb = 'list-units', ...units] = words;
  return { verb, units, properties, valuesOnly };
}
