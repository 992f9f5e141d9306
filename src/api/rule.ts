/**
 * One rule, said twice from one place: as CEL for the API server (refused at apply time) and as a predicate for our own parsing
 * (objects that were stored before the rule existed).
 */
import type { z } from 'zod';

export interface Rule<T> {
  readonly cel: string;
  /** What must hold, continuing "Invalid value: …: ". */
  readonly message: string;
  readonly holds: (value: T) => boolean;
  /** `FieldValueInvalid` unless said otherwise. */
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
}

/** Extra keys of the CRD schema that zod carries for us. */
export interface SchemaExtras {
  readonly description?: string;
  readonly [extension: `x-kubernetes-${string}`]: unknown;
}

/** The schema with the rules checked here and written into the CRD as `x-kubernetes-validations`. */
export function rules<S extends z.ZodType>(schema: S, list: readonly Rule<z.output<S>>[], extras: SchemaExtras): S {
  let checked: S = schema;
  for (const rule of list) checked = checked.refine((value) => rule.holds(value as z.output<S>), { message: rule.message }) as S;
  const validations = list.map(({ cel, message, reason }) => ({ rule: cel, message, ...(reason === undefined ? {} : { reason }) }));
  return checked.meta({ ...extras, ...(validations.length > 0 ? { 'x-kubernetes-validations': validations } : {}) }) as S;
}
