/** What Prometheus answers to an instant query, and what that means for a gate. */
import { z } from 'zod';
import type { Gate } from '../../../api/health.ts';
import type { GateVerdict } from '../../../ports/gates.ts';
import { cleanText } from './text.ts';

const value = z.tuple([z.number(), z.string()]);
const labels = z.record(z.string(), z.string());

const success = z.object({
  status: z.literal('success'),
  // What Thanos and others tell of an answer that is not the whole one. Infos are about how the query is written.
  warnings: z.array(z.string()).exactOptional(),
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: labels, value })) }),
    z.object({ resultType: z.literal('scalar'), result: value }),
    z.object({ resultType: z.literal('string'), result: value }),
    z.object({ resultType: z.literal('matrix'), result: z.array(z.unknown()) }),
  ]),
});
const failure = z.object({
  status: z.literal('error'),
  errorType: z.string(),
  error: z.string(),
});

const unknown = (because: string): GateVerdict => ({ state: 'Unknown', because: cleanText(because) });

/** An answer of the API, whatever its HTTP status. Numbers that change from one to the next are not in the text. */
export function judgeAnswer(
  status: number,
  body: string,
  { passes, url }: Pick<Gate['prometheus'], 'passes' | 'url'>,
): GateVerdict {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return unknown(`${url} answered ${status} with something that is not JSON: is it a Prometheus API?`);
  }
  const failed = failure.safeParse(json);
  if (failed.success) return unknown(`Prometheus says ${failed.data.errorType}: ${failed.data.error}`);
  if (status !== 200) return unknown(`${url} answered ${status}`);
  const read = success.safeParse(json);
  if (!read.success) return unknown(`${url} answered with JSON that is not an answer to a query`);
  const { data, warnings = [] } = read.data;
  // An answer with a part missing must not pass for "nothing is wrong".
  if (warnings.length > 0) return unknown(`Prometheus warns: ${warnings.join('; ')}`);
  switch (data.resultType) {
    case 'vector':
      if (data.result.some((series) => Number.isNaN(numberOf(series.value))))
        return unknown('the query finds NaN, which is neither something nor nothing');
      return verdict(data.result.length > 0, passes, foundText(data.result.map(({ metric }) => metric)));
    case 'scalar': {
      const found = numberOf(data.result);
      if (Number.isNaN(found)) return unknown('the query gives NaN, which is neither something nor nothing');
      return verdict(
        found !== 0,
        passes,
        found === 0 ? 'the query gives 0' : 'the query gives another number than 0',
      );
    }
    case 'string':
    case 'matrix':
      return unknown(
        `the query gives a ${data.resultType === 'string' ? 'text' : 'range'}, and must give a vector or a number`,
      );
  }
}

const verdict = (found: boolean, passes: Gate['prometheus']['passes'], text: string): GateVerdict => ({
  state: found === (passes === 'WhenNotEmpty') ? 'Open' : 'Closed',
  because: cleanText(text),
});

/** As Prometheus writes numbers: `NaN`, `+Inf` and `-Inf` beside those that JavaScript reads. */
function numberOf([, text]: z.infer<typeof value>): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return text === '' ? Number.NaN : Number(text);
}

const mostNamed = 3;

function foundText(metrics: readonly Readonly<Record<string, string>>[]): string {
  if (metrics.length === 0) return 'the query finds nothing';
  const named = metrics.map(seriesText).toSorted().slice(0, mostNamed).join(', ');
  const rest = metrics.length - mostNamed;
  return `the query finds ${named}${rest > 0 ? ' and more' : ''}`;
}

/** As PromQL writes a series. */
function seriesText(metric: Readonly<Record<string, string>>): string {
  const { __name__: name = '', ...others } = metric;
  const pairs = Object.entries(others).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
  return `${name}{${pairs.join(',')}}`.slice(0, 200);
}
