/** The values by name that a schema lets one choose from, and those that a value has chosen: `repository=Expired`, `daemonDies.in=…`. */
import { z } from 'zod';

/** Numbers, free texts and lists are no choices; a boolean is one: what is off is left out. */
export function choicesOf(schema: z.core.$ZodType, path: string): readonly string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return choicesOf(schema.def.innerType, path);
  if (schema instanceof z.ZodEnum) return schema.options.map((one) => `${path}=${String(one)}`);
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((one) => `${path}=${String(one)}`);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((one) => choicesOf(one, path));
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([name, inner]) => choicesOf(inner, `${path}.${name}`));
  return schema instanceof z.ZodBoolean ? [`${path}=true`] : [];
}

export function choicesMade(value: unknown, path = ''): readonly string[] {
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, inner]) =>
      choicesMade(inner, path === '' ? name : `${path}.${name}`),
    );
  return [`${path}=${String(value)}`];
}
