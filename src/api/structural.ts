/**
 * From a zod schema to the structural schema that a CustomResourceDefinition accepts. What cannot be said structurally is an error
 * here, at build time, and not a surprise at the API server.
 */
import { z } from 'zod';

/** A node of an OpenAPI v3 schema as `apiextensions.k8s.io/v1` has it. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** The schema cannot be a structural one; `path` names the offending node. */
export class StructuralError extends Error {
  override readonly name = 'StructuralError';
  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
  }
}

// The API server drops keywords that it does not know without a word, and with them what they promise. So: only these.
const carried = new Set([
  'type', 'description', 'default', 'enum', 'format', 'pattern', 'required', 'minimum', 'maximum', 'exclusiveMinimum',
  'exclusiveMaximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties',
  'x-kubernetes-validations', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'x-kubernetes-map-type',
  'x-kubernetes-int-or-string', 'x-kubernetes-preserve-unknown-fields',
]); // prettier-ignore
const combinators = ['anyOf', 'oneOf', 'allOf', 'not', '$ref'];
const lookaround = /\(\?(?:[=!]|<[=!])/;

/** @throws StructuralError */
export function structuralSchema(schema: z.ZodType): JsonSchema {
  // 'input', because 'output' makes defaulted fields required and forbids further properties, which a CRD cannot.
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    cycles: 'throw',
  });
  return rewrite(json as JsonSchema, '(root)');
}

function rewrite(node: JsonSchema, path: string): JsonSchema {
  if (node['x-kubernetes-int-or-string'] === true) return intOrString(node, path);
  for (const keyword of combinators) {
    if (keyword in node) throw new StructuralError(path, `\`${keyword}\` of whole schemas is not structural`);
  }
  const open = node['x-kubernetes-preserve-unknown-fields'] === true;
  if (typeof node['type'] !== 'string' && !open) throw new StructuralError(path, 'has no `type`');
  if (node['type'] === 'array' && node['x-kubernetes-list-type'] === undefined) {
    throw new StructuralError(path, 'a list must say its `x-kubernetes-list-type`');
  }

  const result: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(node)) {
    if (keyword === 'properties') {
      result[keyword] = Object.fromEntries(
        Object.entries(value as Record<string, JsonSchema>).map(([name, child]) => [
          name,
          rewrite(child, `${path}.${name}`),
        ]),
      );
    } else if (keyword === 'items') {
      result[keyword] = rewrite(value as JsonSchema, `${path}[]`);
    } else if (keyword === 'additionalProperties') {
      if (!open) result[keyword] = rewrite(mapValue(value, path), `${path}{}`);
    } else if (!isDropped(node, keyword, value)) {
      if (!carried.has(keyword)) throw new StructuralError(path, `\`${keyword}\` is unknown to a CRD`);
      if (keyword === 'pattern' && lookaround.test(String(value))) {
        throw new StructuralError(path, 'Go knows no lookaround in a `pattern`');
      }
      result[keyword] = value;
    }
  }
  return result;
}

/** `additionalProperties: false` would make every newer object unreadable for an older API server, so Kubernetes forbids it. */
function mapValue(value: unknown, path: string): JsonSchema {
  if (typeof value !== 'object' || value === null) {
    throw new StructuralError(path, `\`additionalProperties: ${String(value)}\` is forbidden in a CRD`);
  }
  return value as JsonSchema;
}

/** What zod adds on its own account and a CRD must not or need not have. */
function isDropped(node: JsonSchema, keyword: string, value: unknown): boolean {
  switch (keyword) {
    case 'readOnly':
      return true;
    case 'minimum':
      return value === Number.MIN_SAFE_INTEGER;
    case 'maximum':
      return value === Number.MAX_SAFE_INTEGER;
    case 'pattern':
      return node['format'] === 'date-time';
    default:
      return false;
  }
}

/** The one union that a CRD knows, and only in exactly this form. */
function intOrString(node: JsonSchema, path: string): JsonSchema {
  const { anyOf, type: _type, minimum: _minimum, maximum: _maximum, pattern: _pattern, ...rest } = node;
  if (anyOf === undefined) throw new StructuralError(path, 'int-or-string without a union of the two');
  for (const keyword of Object.keys(rest)) {
    if (!carried.has(keyword)) throw new StructuralError(path, `\`${keyword}\` is unknown to a CRD`);
  }
  return { ...rest, anyOf: [{ type: 'integer' }, { type: 'string' }] };
}
