import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { StructuralError, structuralSchema } from '../../src/api/structural.ts';

describe('structuralSchema', () => {
  it.each<{ name: string; schema: z.ZodType; becomes: unknown }>([
    { name: 'an integer without the bounds of JavaScript', schema: z.int(), becomes: { type: 'integer' } },
    {
      name: 'an integer with its own bounds',
      schema: z.int().min(1).max(9),
      becomes: { type: 'integer', minimum: 1, maximum: 9 },
    },
    {
      name: 'an int-or-string in the one form that is allowed',
      schema: z
        .union([z.int().min(1), z.string().regex(/^a$/)])
        .meta({ 'x-kubernetes-int-or-string': true, description: 'd' }),
      becomes: {
        'x-kubernetes-int-or-string': true,
        description: 'd',
        anyOf: [{ type: 'integer' }, { type: 'string' }],
      },
    },
    {
      name: 'a date-time without the pattern beside it',
      schema: z.iso.datetime(),
      becomes: { type: 'string', format: 'date-time' },
    },
    {
      name: 'an object without readOnly',
      schema: z.object({ a: z.string() }).readonly(),
      becomes: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    },
    {
      name: 'a default that makes the field optional',
      schema: z.object({ a: z.boolean().default(true) }),
      becomes: { type: 'object', properties: { a: { type: 'boolean', default: true } } },
    },
    {
      name: 'a map',
      schema: z.record(z.string(), z.int()),
      becomes: { type: 'object', additionalProperties: { type: 'integer' } },
    },
    {
      name: 'fields that are kept whatever they are',
      schema: z.looseObject({}).meta({ 'x-kubernetes-preserve-unknown-fields': true }),
      becomes: { type: 'object', properties: {}, 'x-kubernetes-preserve-unknown-fields': true },
    },
  ])('writes $name', ({ schema, becomes }) => {
    expect(structuralSchema(schema)).toEqual(becomes);
  });

  it.each<{ name: string; schema: z.ZodType; problem: string }>([
    {
      name: 'a union of objects',
      schema: z.object({ a: z.union([z.object({ b: z.string() }), z.object({ c: z.string() })]) }),
      problem: '(root).a: `anyOf`',
    },
    {
      name: 'a discriminated union',
      schema: z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b') })]),
      problem: '`oneOf`',
    },
    {
      name: 'an intersection',
      schema: z.intersection(z.string().min(1), z.string().max(2)),
      problem: '`allOf`',
    },
    { name: 'a value of any type', schema: z.object({ a: z.unknown() }), problem: '(root).a: has no `type`' },
    {
      name: 'an object that forbids further fields',
      schema: z.strictObject({}),
      problem: '(root){}: `false` is no schema',
    },
    {
      name: 'a pattern that Go cannot read',
      schema: z.object({
        a: z.array(z.string().regex(/^(?!x)/)).meta({ 'x-kubernetes-list-type': 'atomic' }),
      }),
      problem: '(root).a[]: Go knows no lookaround',
    },
    {
      name: 'a list that does not say how it is merged',
      schema: z.object({ a: z.array(z.string()) }),
      problem: '(root).a: a list must say',
    },
    {
      name: 'a keyword that a CRD drops in silence',
      schema: z.string().meta({ examples: ['a'] }),
      problem: '`examples` is unknown',
    },
    { name: 'a nullable field', schema: z.string().nullable(), problem: '`nullable` is unknown' },
    {
      name: 'an int-or-string that is none',
      schema: z.string().meta({ 'x-kubernetes-int-or-string': true }),
      problem: 'int-or-string without a union',
    },
  ])('refuses $name', ({ schema, problem }) => {
    const convert = () => structuralSchema(schema);
    expect(convert).toThrow(StructuralError);
    expect(convert).toThrow(problem);
  });
});
