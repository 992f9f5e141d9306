/** The command line of update_engine_client, parsed by the rules of its flag library. */
const booleans = [
  'status',
  'is_reboot_needed',
  'block_until_reboot_is_needed',
  'check_for_update',
  'interactive',
  'update',
  'follow',
  'watch_for_updates',
  'reset_status',
  'reboot',
  'rollback',
  'powerwash',
  'can_rollback',
  'show_channel',
  'prev_version',
  'last_attempt_error',
  'eol_status',
  'show_cohort_hint',
  'skip_applying',
] as const;
const texts = ['channel', 'app_version', 'omaha_url', 'cohort_hint', 'is_feature_enabled'] as const;
/** Flags that releases with the old form of `--status` do not know. */
const newer: readonly string[] = ['skip_applying', 'is_feature_enabled', 'last_attempt_error'];

export type BooleanFlag = (typeof booleans)[number];
export type TextFlag = (typeof texts)[number];

export interface Flags {
  /** Switched on, also by default. */
  on(flag: BooleanFlag): boolean;
  text(flag: TextFlag): string | undefined;
}

export type ParsedFlags = Flags | { readonly exitCode: number; readonly stderr: string };

const unknownFlag = 64;
const badValue = 65;

export function parseFlags(args: readonly string[], form: 'Old' | 'New'): ParsedFlags {
  const on = new Map<string, boolean>([
    ['interactive', true],
    ['powerwash', true],
  ]);
  const given = new Map<string, string>();
  const positional: string[] = [];
  for (const arg of args) {
    const [, name = '', value] = /^--?([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === '') {
      positional.push(arg);
      continue;
    }
    if (name === 'help') return { exitCode: 0, stderr: usage(form) };
    const negated = isBoolean(name.replace(/^no/, ''), form) && !isBoolean(name, form);
    const flag = negated ? name.replace(/^no/, '') : name;
    if (isBoolean(flag, form)) {
      const wanted = value === undefined ? !negated : readBoolean(value);
      if (wanted === undefined)
        return { exitCode: badValue, stderr: `ERROR: illegal value '${value}' for flag ${flag}\n` };
      on.set(flag, wanted);
    } else if (isText(flag, form)) {
      given.set(flag, value ?? '');
    } else {
      return { exitCode: unknownFlag, stderr: `ERROR: unknown command line flag '${name}'\n` };
    }
  }
  if (positional.length > 0)
    return { exitCode: 1, stderr: `Found unexpected positional argument: ${positional[0] ?? ''}\n` };
  return { on: (flag) => on.get(flag) === true, text: (flag) => given.get(flag) };
}

function isBoolean(name: string, form: 'Old' | 'New'): boolean {
  return (booleans as readonly string[]).includes(name) && known(name, form);
}

function isText(name: string, form: 'Old' | 'New'): boolean {
  return (texts as readonly string[]).includes(name) && known(name, form);
}

function known(name: string, form: 'Old' | 'New'): boolean {
  return form === 'New' || !newer.includes(name);
}

function readBoolean(value: string): boolean | undefined {
  if (['1', 't', 'true', 'y', 'yes'].includes(value.toLowerCase())) return true;
  return ['0', 'f', 'false', 'n', 'no'].includes(value.toLowerCase()) ? false : undefined;
}

function usage(form: 'Old' | 'New'): string {
  const names = [...booleans, ...texts].filter((name) => known(name, form));
  return `Flags:\n${names
    .toSorted()
    .map((name) => `  --${name}\n`)
    .join('')}`;
}
