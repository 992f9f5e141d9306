/** Shows how far a list of slow steps is: one living line on a terminal, plain lines elsewhere. */

export interface ProgressStep {
  readonly label: string;
  /** Seconds it takes as a rule. */
  readonly expectedSeconds: number;
}

export interface Progress {
  begin(step: ProgressStep, index: number, of: number): void;
  end(): void;
  /** A line beside the steps. */
  say(line: string): void;
}

export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const clearLine = '\r\u001b[2K';
const frameMs = 200;

/** @param now monotonic milliseconds. */
export function showProgress(output: ProgressOutput, now: () => number): Progress {
  const live = output.isTTY === true;
  let running:
    { text: string; since: number; expected: number; timer: NodeJS.Timeout | undefined } | undefined;

  const draw = (): void => {
    if (running === undefined) return;
    const seconds = (now() - running.since) / 1000;
    const line = `${running.text}  ${clock(seconds)} of about ${clock(running.expected)}`;
    output.write(clearLine + line.slice(0, (output.columns ?? 80) - 1));
  };
  return {
    begin: (step, index, of) => {
      const text = `[${String(index + 1)}/${String(of)}] ${step.label}`;
      running = { text, since: now(), expected: step.expectedSeconds, timer: undefined };
      if (!live) {
        output.write(`${text} (about ${clock(step.expectedSeconds)})\n`);
        return;
      }
      running.timer = setInterval(draw, frameMs).unref();
      draw();
    },
    end: () => {
      if (running === undefined) return;
      clearInterval(running.timer);
      const line = `${running.text}  ${clock((now() - running.since) / 1000)}\n`;
      output.write(live ? clearLine + line : line);
      running = undefined;
    },
    say: (line) => {
      output.write(live ? `${clearLine}${line}\n` : `${line}\n`);
    },
  };
}

/** Minutes and seconds: 75 -> `1:15`. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${String(Math.floor(whole / 60))}:${String(whole % 60).padStart(2, '0')}`;
}
