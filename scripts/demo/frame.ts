/** One picture of the rollout, for a terminal of any size. Pure. */
import type { Palette } from './palette.ts';
import { symbolOf } from './palette.ts';
import type { PolicyRow, Rollout, Row } from './rollout.ts';
import { countOf, kindOf } from './rollout.ts';
import { ageText, clockText } from './time-text.ts';
import { versionText } from './version-text.ts';

export interface Picture {
  readonly rollout: Rollout;
  /** Milliseconds since the policies were applied. */
  readonly elapsed: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly columns: number;
  readonly lines: number;
  readonly palette: Palette;
}

const sinceWidth = 6;
/** As wide as the longest usual state, so that the columns do not jump. */
const stateWidth = 9;
/** From this width on versions are written out. */
const wide = 110;

export function drawFrame(picture: Picture): readonly string[] {
  const { rollout, lines } = picture;
  const head = [title(picture), bar(picture), counts(picture), ''];
  const least = rollout.policies.length + 2;
  const room = Math.max(1, lines - head.length - least - 1);
  const table = tableOf(picture, room);
  // Where there is next to no room the nodes are worth more than what stands around them.
  if (lines < head.length + least + 4) return [...head.slice(1, 3), ...table].slice(0, lines);
  const left = lines - head.length - table.length - 2;
  const each = Math.floor(left / Math.max(1, rollout.policies.length));
  const policies = rollout.policies.flatMap((policy) => policyLines(picture, policy, Math.min(3, each)));
  return [...head, ...table, '', ...policies, footer(picture)];
}

function title({ rollout, elapsed, columns, palette }: Picture): string {
  const text = fit(`container-os-operator: rolling ${String(rollout.rows.length)} nodes`, columns - 8);
  const time = clockText(elapsed);
  return palette.paint('Title', text) + ' '.repeat(Math.max(1, columns - text.length - time.length)) + time;
}

function bar({ rollout, columns, palette }: Picture): string {
  const total = rollout.rows.length;
  const share = ` ${String(countOf(rollout, 'Done'))}/${String(total)}`;
  const width = Math.max(1, columns - share.length);
  const done = Math.round((countOf(rollout, 'Done') / total) * width);
  const moving = Math.min(width - done, Math.round((countOf(rollout, 'Moving') / total) * width));
  return (
    palette.paint('Done', '█'.repeat(done)) +
    palette.paint('Moving', '▒'.repeat(moving)) +
    palette.paint('Faint', '░'.repeat(width - done - moving)) +
    share
  );
}

function counts({ rollout, elapsed, columns }: Picture): string {
  const done = countOf(rollout, 'Done');
  const left = rollout.rows.length - done;
  const parts = [
    `${String(done)} updated`,
    `${String(countOf(rollout, 'Moving'))} on their way`,
    `${String(countOf(rollout, 'Waiting'))} waiting`,
    ...(countOf(rollout, 'Trouble') > 0 ? [`${String(countOf(rollout, 'Trouble'))} in trouble`] : []),
    ...(done > 0 && left > 0 ? [`about ${clockText((elapsed / done) * left)} left`] : []),
  ];
  return fit(parts.join(' · '), columns);
}

function tableOf(picture: Picture, room: number): readonly string[] {
  const { rows } = picture.rollout;
  const shown = rows.length <= room ? rows : mostTelling(rows, room - 1);
  const folded = rows.filter((row) => !shown.includes(row));
  return [
    headings(picture),
    ...shown.map((row) => rowLine(picture, row)),
    ...(folded.length === 0 ? [] : [foldLine(picture, folded)]),
  ];
}

/** Those that move, then those in trouble, then those that come next; in the order of all. */
function mostTelling(rows: readonly Row[], room: number): readonly Row[] {
  const order = ['Moving', 'Trouble', 'Waiting', 'Done'];
  const ranked = rows.toSorted((a, b) => order.indexOf(kindOf(a)) - order.indexOf(kindOf(b)));
  const chosen = new Set(ranked.slice(0, Math.max(0, room)));
  return rows.filter((row) => chosen.has(row));
}

function foldLine({ columns, palette }: Picture, rows: readonly Row[]): string {
  const states = new Map<string, number>();
  for (const { state } of rows) states.set(state, (states.get(state) ?? 0) + 1);
  const parts = [...states].map(([state, count]) => `${String(count)} ${state}`);
  return palette.paint('Faint', fit(`  … and ${String(rows.length)} more: ${parts.join(', ')}`, columns));
}

interface Widths {
  readonly node: number;
  readonly version: number;
}

function widthsOf({ rollout, columns }: Picture): Widths {
  const longest = (texts: readonly string[]): number => Math.max(0, ...texts.map(({ length }) => length));
  const versions = rollout.rows.map((row) => versionText(row, columns >= wide));
  return {
    node: longest(rollout.rows.map(({ node }) => node).concat('NODE')),
    version: longest(versions.concat('VERSION → TARGET')),
  };
}

function headings(picture: Picture): string {
  const { columns, palette } = picture;
  const { node, version } = widthsOf(picture);
  const cells = ['NODE'.padEnd(node), 'STATE'.padEnd(stateWidth), 'VERSION → TARGET'.padEnd(version)];
  return palette.paint('Faint', fit(`  ${cells.join(' ')} ${'SINCE'.padStart(sinceWidth)} WHY`, columns));
}

function rowLine(picture: Picture, row: Row): string {
  const { columns, now, palette } = picture;
  const { node, version } = widthsOf(picture);
  const since = row.since === undefined ? '' : ageText(now - row.since);
  const before = `${symbolOf(row.state)} ${row.node.padEnd(node)} ${row.state.padEnd(stateWidth)}`;
  const after = ` ${versionText(row, columns >= wide).padEnd(version)} ${since.padStart(sinceWidth)} `;
  const line = fit(before + after + row.because, columns);
  return palette.paint(kindOf(row), line.slice(0, before.length)) + line.slice(before.length);
}

/** The message on as many lines as there is room for. */
function policyLines(
  { columns, palette }: Picture,
  { name, progress, message }: PolicyRow,
  most: number,
): readonly string[] {
  const lines = [`policy ${name} ${progress}:`];
  for (const word of message.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    // The last one is cut instead, which shows that there is more.
    if (longer.length <= columns || lines.length >= most) lines[lines.length - 1] = longer;
    else lines.push(`  ${word}`);
  }
  return lines.map((line) => palette.paint('Faint', fit(line, columns)));
}

function footer({ columns, palette }: Picture): string {
  return palette.paint('Faint', fit('Ctrl-C ends it and cleans up', columns));
}

/** Cut to so many columns, with a mark where something is missing. */
function fit(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}
