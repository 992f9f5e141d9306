/** Gates that ask Prometheus, or what speaks its API, with an instant query. */
import type { Gate } from '../../../api/health.ts';
import type { GateSource, GateTokens, GateVerdict } from '../../../ports/gates.ts';
import { judgeAnswer } from './answer.ts';
import { fetchAnswer } from './fetch-answer.ts';
import { cleanText } from './text.ts';

export interface PrometheusOptions {
  readonly tokens: GateTokens;
  readonly timeoutMs?: number;
}

const usualTimeoutMs = 10_000;

export function createPrometheus({ tokens, timeoutMs = usualTimeoutMs }: PrometheusOptions): GateSource {
  const ask = async (question: Gate['prometheus']): Promise<GateVerdict> => {
    const { url, query, tokenSecret } = question;
    const until = performance.now() + timeoutMs;
    let token: string | undefined;
    if (tokenSecret !== undefined) {
      const found = await tokens.tokenFor(tokenSecret, url);
      if ('refused' in found) return unknown(found.refused);
      token = found.token;
    }
    const target = new URL(`${url.replace(/\/+$/, '')}/api/v1/query`);
    target.searchParams.set('query', query);
    try {
      const left = Math.max(1, Math.round(until - performance.now()));
      const { status, body } = await fetchAnswer(target, token, left);
      if (status >= 300 && status < 400)
        return unknown(`${url} answered ${status}: redirects are not followed`);
      if (status === 401 || status === 403) return unknown(`${url} answered ${status}: ${denied(token)}`);
      return judgeAnswer(status, body, question);
    } catch (error) {
      return unknown(`${error instanceof Error ? error.message : String(error)} ${url}`);
    }
  };
  return { evaluate: ask };
}

const denied = (token: string | undefined): string =>
  token === undefined ? 'it wants a token (tokenSecret)' : 'it does not accept the token';

const unknown = (because: string): GateVerdict => ({ state: 'Unknown', because: cleanText(because) });
