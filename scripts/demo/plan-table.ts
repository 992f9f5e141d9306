/** What policies in mode Plan would do, as one table. Pure. */
import type { Palette } from './palette.ts';

export interface PlanRow {
  readonly node: string;
  readonly wave?: string;
  readonly from: string;
  readonly to?: string;
  /** RFC 3339. */
  readonly startsAt?: string;
  readonly because: string;
}

export interface PolicyPlan {
  readonly policy: string;
  readonly message: string;
  readonly estimatedCompletion?: string;
  readonly rows: readonly PlanRow[];
}

/** Of a reason there is room for so much beside the other columns, or it stands below them. */
const leastBeside = 24;

/** @param columns no line is longer, but for words that are: texts are broken. */
export function planTable(
  plans: readonly PolicyPlan[],
  columns: number,
  palette: Palette,
): readonly string[] {
  return plans.flatMap((plan, index) => [
    ...(index === 0 ? [] : ['']),
    ...wrapped(`policy ${plan.policy}: ${plan.message}`, columns).map((line) => palette.paint('Title', line)),
    ...tableOf(plan.rows, columns, palette),
  ]);
}

function tableOf(rows: readonly PlanRow[], columns: number, palette: Palette): readonly string[] {
  if (rows.length === 0) return [];
  const heads = ['#', 'NODE', 'WAVE', 'FROM', 'TO', 'STARTS'];
  const sameDay = new Set(rows.map(({ startsAt }) => startsAt?.slice(0, 10) ?? '').filter(Boolean)).size <= 1;
  const cells = rows.map(({ node, wave = '', from, to = 'asked then', startsAt }, index) => [
    String(index + 1),
    node,
    wave,
    from,
    to,
    startText(startsAt, sameDay),
  ]);
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const hasWaves = cells.some((row) => row[2] !== '');
  const line = (texts: readonly string[]): string =>
    texts
      .flatMap((text, column) => {
        if (column === 2 && !hasWaves) return [];
        const width = widths[column] ?? 0;
        return [column === 0 ? text.padStart(width) : text.padEnd(width)];
      })
      .join('  ');
  return [
    palette.paint('Faint', fit(`${line(heads)}  WHY`, columns)),
    ...rows.flatMap((row, index) => {
      const lines = withReason(line(cells[index] ?? []), row.because, columns);
      // What has no time is blocked.
      return row.startsAt === undefined ? lines.map((text) => palette.paint('Trouble', text)) : lines;
    }),
  ];
}

function startText(startsAt: string | undefined, sameDay: boolean): string {
  if (startsAt === undefined) return 'blocked';
  return sameDay ? `${startsAt.slice(11, 19)}Z` : `${startsAt.slice(5, 10)} ${startsAt.slice(11, 16)}Z`;
}

function withReason(cells: string, because: string, columns: number): readonly string[] {
  const beside = `${cells}  `;
  const isBeside = columns - beside.length >= leastBeside;
  const indent = ' '.repeat(isBeside ? beside.length : 4);
  const reason = wrapped(because, columns - indent.length, '').map((text) => `${indent}${text}`);
  const [first = '', ...others] = reason;
  return isBeside ? [`${beside}${first.trimStart()}`, ...others] : [fit(cells, columns), ...reason];
}

const fit = (text: string, columns: number): string =>
  text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;

function wrapped(text: string, columns: number, indent = '  '): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    const longer = last === '' ? word : `${last} ${word}`;
    if (last === '' || longer.length <= columns) lines[lines.length - 1] = longer;
    else lines.push(`${indent}${word}`);
  }
  return lines;
}
