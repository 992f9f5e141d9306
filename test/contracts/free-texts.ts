/** Where a schema lets a text through that somebody chose: neither one of a few nor the shape of a version. */
import { z } from 'zod';

interface Described {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly additionalProperties?: unknown;
  readonly items?: Described;
}

const commands = [
  '/bin/sh',
  'reboot',
  '--help',
  '$(reboot)',
  '`reboot`',
  '1.2.3;reboot',
  '1.2.3 reboot',
  '1.2.3\nreboot',
  '1.2.3-$(reboot)',
  '1.2.3/../../bin/sh',
  'http://example.com',
];

/** The paths of these places; one of a kind that this does not know is among them. */
export function freeTexts(schema: z.ZodType): readonly string[] {
  // What is left of the input: other keys are gone, or the whole is refused.
  return placesIn(z.toJSONSchema(schema, { io: 'output' }) as Described, '');
}

function placesIn(described: Described, path: string): readonly string[] {
  if (described.const !== undefined || described.enum !== undefined) return [];
  switch (described.type) {
    case 'boolean':
    case 'integer':
      return [];
    case 'string':
      return isVersionOnly(described) ? [] : [path];
    case 'array':
      return described.items === undefined ? [path] : placesIn(described.items, `${path}[]`);
    case 'object': {
      const { properties = {}, additionalProperties } = described;
      const below = Object.entries(properties).flatMap(([name, one]) =>
        placesIn(one, path === '' ? name : `${path}.${name}`),
      );
      return additionalProperties === false ? below : [...below, `${path}.*`];
    }
    case undefined:
    default:
      return [path];
  }
}

function isVersionOnly({ pattern, maxLength }: Described): boolean {
  if (pattern === undefined || maxLength === undefined || maxLength > 64) return false;
  const accepted = new RegExp(pattern);
  return accepted.test('1.2.3') && !commands.some((command) => accepted.test(command));
}
