import { describe, expect, it } from '@jest/globals';
import { clock, showProgress } from './progress.ts';

function output(isTTY: boolean): {
  text: string;
  isTTY: boolean;
  columns: number;
  write(text: string): void;
} {
  return {
    text: '',
    isTTY,
    columns: 40,
    write(text) {
      this.text += text;
    },
  };
}
const step = { label: 'Building kubectl', expectedSeconds: 90 };

describe('showProgress', () => {
  it('prints a plain line at the beginning and at the end of a step where there is no terminal', () => {
    const out = output(false);
    let now = 0;
    const progress = showProgress(out, () => now);
    progress.begin(step, 0, 2);
    now = 61_000;
    progress.end();
    expect(out.text).toBe('[1/2] Building kubectl (about 1:30)\n[1/2] Building kubectl  1:01\n');
  });

  it('redraws one line on a terminal, never wider than it, and leaves the result there', () => {
    const out = output(true);
    const progress = showProgress(out, () => 0);
    progress.begin({ ...step, label: 'Building a program with a very long name' }, 0, 1);
    const drawn = out.text.replaceAll('\r\u001b[2K', '');
    expect(drawn).toHaveLength(39);
    expect(out.text).not.toContain('\n');
    progress.end();
    expect(out.text.endsWith('0:00\n')).toBe(true);
  });
});

describe('clock', () => {
  it.each([
    { seconds: 0, want: '0:00' },
    { seconds: 59.6, want: '1:00' },
    { seconds: 615, want: '10:15' },
  ])('shows $seconds s as $want', ({ seconds, want }) => {
    expect(clock(seconds)).toBe(want);
  });
});
