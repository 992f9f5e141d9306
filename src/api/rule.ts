/**
 * One rule, said twice from one place: as CEL for the API server (refused at apply time) and as a predicate for our own parsing
 * (objects that were stored before the rule existed).
 */
import type { z } from 'zod';

export interface Rule<T> {
  readonly cel: string;
  /** What must hold, continuing "Invalid value: …: ". */
  readonly message: string;
  /** CEL that makes a message with the offending part in it, where the value itself is a map or list and so is not shown. */
  readonly messageExpression?: string;
  readonly holds: (value: T) => boolean;
  /** `FieldValueInvalid` unless said otherwise. */
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
  /** The field that the message is about, relative to the schema, say `.values`. Left out: the value itself. */
  readonly fieldPath?: `.${string}`;
}

/** Extra keys of the CRD schema that zod carries for us. */
export interface SchemaExtras {
  readonly description?: string;
  readonly maxLength?: number;
  readonly maxProperties?: number;
  readonly [extension: `x-kubernetes-${string}`]: unknown;
}

/** The schema with the rules checked here and written into the CRD as `x-kubernetes-validations`. */
export function rules<S extends z.ZodType>(
  schema: S,
  list: readonly Rule<z.output<S>>[],
  extras: SchemaExtras,
): S {
  let checked = schema;
  for (const { holds, message, fieldPath } of list) {
    checked = checked.refine(holds, { message, ...(fieldPath && { path: fieldPath.slice(1).split('.') }) });
  }
  const validations = list.map(({ cel, message, messageExpression, reason, fieldPath }) => ({
    rule: cel,
    message,
    ...(messageExpression && { messageExpression }),
    ...(reason && { reason }),
    ...(fieldPath && { fieldPath }),
  }));
  return checked.meta({
    ...extras,
    ...(validations.length > 0 ? { 'x-kubernetes-validations': validations } : {}),
  });
}
