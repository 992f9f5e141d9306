/** `spec.target.version`: the newest that each node is offered, or exactly one version. */
import { z } from 'zod';
import { rules } from './rule.ts';

export const latest = 'Latest';

const number = '(0|[1-9][0-9]{0,8})';
const pattern = `^(${latest}|${number}\\.${number}\\.${number}(-[0-9A-Za-z]([-0-9A-Za-z.]{0,40}[0-9A-Za-z])?)?)$`;
const whole = new RegExp(pattern);

export const targetVersion = rules(
  z.string().max(64),
  [
    {
      cel: `self.matches('${pattern.replaceAll('\\', '\\\\')}')`,
      message: 'must be `Latest` or an exact version of three numbers such as 1.26.1',
      holds: (text) => whole.test(text),
    },
  ],
  {
    description:
      'Which version nodes should run: `Latest` is the newest that each node is offered by its own update server; an exact version such as 1.26.1 is reached upwards and downwards (Bottlerocket only).',
  },
);

/** The one version that is asked for; undefined for `Latest`. */
export function exactVersion({
  target,
}: {
  readonly target: { readonly version: string };
}): string | undefined {
  return target.version === latest ? undefined : target.version;
}
