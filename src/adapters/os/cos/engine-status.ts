/** The output of `update_engine_client --status`: key=value lines, in any order, more or fewer with each generation. */
export interface EngineStatus {
  /** Such as `UPDATE_STATUS_IDLE`; may be one that we do not know. */
  readonly operation: string;
  /** Undefined where the daemon does not know it: none, or forgotten by a restart. */
  readonly newVersion: string | undefined;
  /** Seconds since the epoch; 0 before the first check. */
  readonly lastChecked: number;
  /** 0 to 1. */
  readonly progress: number;
  /** Such as `ErrorCode::kSuccess`; undefined in the older form of the output. */
  readonly lastError: string | undefined;
}

/** Undefined without `CURRENT_OP`, the only line that must be there. */
export function parseStatus(text: string): EngineStatus | undefined {
  const values = parseLines(text);
  const operation = values.get('CURRENT_OP');
  if (operation === undefined || operation === '') return undefined;
  const newVersion = values.get('NEW_VERSION') ?? '';
  return {
    operation,
    newVersion: newVersion === '' || newVersion === '0.0.0.0' ? undefined : newVersion,
    lastChecked: number(values.get('LAST_CHECKED_TIME')),
    progress: Math.min(1, Math.max(0, number(values.get('PROGRESS')))),
    lastError: values.get('LAST_ATTEMPT_ERROR'),
  };
}

/** `key=value` lines, cut at the first `=`; other lines are left out. */
export function parseLines(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) values.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  return values;
}

function number(text: string | undefined): number {
  const value = Number(text ?? '');
  return Number.isFinite(value) ? value : 0;
}
