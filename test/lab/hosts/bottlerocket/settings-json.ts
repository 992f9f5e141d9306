/** Reads a settings document against its shape, strictly, as the server does: unknown fields and wrong types are errors. */
import { JsonCursor, type JsonError } from './json-cursor.ts';
import type { Json, Shape } from './settings-model.ts';

const stringToken = /^"[^"\\]*(?:\\.[^"\\]*)*"/s;
const numberToken = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/;
const wordToken = /^(?:true|false|null)/;
const u32Limit = 4_294_967_295;

/** Throws JsonError with the server's own words. */
export function readSettings(text: string, shape: Shape): Json {
  const cursor = new JsonCursor(text);
  const value = readValue(cursor, shape);
  if (cursor.peek() !== undefined) throw cursor.errorAtNext('trailing characters');
  return value;
}

function readValue(cursor: JsonCursor, shape: Shape): Json {
  const next = cursor.peek();
  if (next === undefined) throw cursor.error('EOF while parsing a value');
  if (next === '{' && (shape.kind === 'Struct' || shape.kind === 'Any')) return readObject(cursor, shape);
  if (next === '[' && shape.kind === 'Any') return readList(cursor);
  if (next === '{' || next === '[') {
    cursor.take();
    if (next === '[' && shape.kind === 'Struct' && cursor.peek() === ']') {
      cursor.take();
      const size = Object.keys(shape.fields).length;
      throw cursor.error(`invalid length 0, expected struct ${shape.name} with ${size} elements`);
    }
    throw wrongType(cursor, next === '{' ? 'map' : 'sequence', shape);
  }
  return readScalar(cursor, shape);
}

function readScalar(cursor: JsonCursor, shape: Shape): Json {
  const token = cursor.match(stringToken) ?? cursor.match(numberToken) ?? cursor.match(wordToken);
  if (token === undefined) {
    if (cursor.peek() === '"') throw cursor.error('EOF while parsing a string');
    throw cursor.errorAtNext('expected value');
  }
  const value = JSON.parse(token) as Json;
  switch (shape.kind) {
    case 'Any':
      return value;
    case 'String':
      if (typeof value !== 'string') throw wrongType(cursor, described(token, value), shape);
      return value;
    case 'Boolean':
      if (typeof value !== 'boolean') throw wrongType(cursor, described(token, value), shape);
      return value;
    case 'U32':
      if (typeof value !== 'number') throw wrongType(cursor, described(token, value), shape);
      if (!Number.isInteger(value) || value < 0 || value > u32Limit)
        throw cursor.error(`invalid value: ${described(token, value)}, expected u32`);
      return value;
    case 'Struct':
      throw wrongType(cursor, described(token, value), shape);
  }
}

function readObject(cursor: JsonCursor, shape: Shape): Json {
  cursor.take();
  const result: Record<string, Json> = {};
  const seen = new Set<string>();
  for (let first = true; cursor.peek() !== '}'; first = false) {
    if (!first) separator(cursor, 'object');
    const key = readKey(cursor);
    const field = fieldShape(cursor, shape, key);
    if (seen.has(key) && shape.kind === 'Struct') throw cursor.error(`duplicate field \`${key}\``);
    seen.add(key);
    if (cursor.peek() !== ':') throw cursor.errorAtNext('expected `:`');
    cursor.take();
    // A null stands for an absent setting wherever a setting may be absent.
    if (cursor.peek() === 'n' && cursor.match(wordToken) === 'null') continue;
    const value = readValue(cursor, field);
    const problem = field.kind === 'String' && typeof value === 'string' ? field.problem?.(value) : undefined;
    if (problem !== undefined) throw customError(cursor, problem);
    result[key] = value;
  }
  cursor.take();
  return result;
}

function readList(cursor: JsonCursor): Json {
  cursor.take();
  const result: Json[] = [];
  for (let first = true; cursor.peek() !== ']'; first = false) {
    if (!first) separator(cursor, 'list');
    result.push(readValue(cursor, { kind: 'Any' }));
  }
  cursor.take();
  return result;
}

function separator(cursor: JsonCursor, of: 'object' | 'list'): void {
  const next = cursor.peek();
  if (next === undefined) throw cursor.error(`EOF while parsing ${of === 'object' ? 'an object' : 'a list'}`);
  if (next !== ',') throw cursor.errorAtNext(`expected \`,\` or \`${of === 'object' ? '}' : ']'}\``);
  cursor.take();
}

function readKey(cursor: JsonCursor): string {
  const next = cursor.peek();
  if (next === undefined) throw cursor.error('EOF while parsing an object');
  if (next === '}') throw cursor.errorAtNext('trailing comma');
  if (next !== '"') throw cursor.errorAtNext('key must be a string');
  const token = cursor.match(stringToken);
  if (token === undefined) throw cursor.error('EOF while parsing a string');
  return JSON.parse(token) as string;
}

function fieldShape(cursor: JsonCursor, shape: Shape, key: string): Shape {
  if (shape.kind !== 'Struct') return { kind: 'Any' };
  const field = shape.fields[key];
  if (field !== undefined) return field;
  const known = Object.keys(shape.fields).map((name) => `\`${name}\``);
  throw cursor.error(`unknown field \`${key}\`, expected one of ${known.join(', ')}`);
}

/** An error of a value's own check is placed only after the object around it was closed. */
function customError(cursor: JsonCursor, text: string): JsonError {
  if (cursor.peek() === '}') cursor.take();
  return cursor.error(text);
}

function wrongType(cursor: JsonCursor, found: string, shape: Shape): JsonError {
  return cursor.error(`invalid type: ${found}, expected ${expected(shape)}`);
}

function expected(shape: Shape): string {
  switch (shape.kind) {
    case 'Any':
      return 'any value';
    case 'Boolean':
      return 'a boolean';
    case 'U32':
      return 'u32';
    case 'String':
      return 'a string';
    case 'Struct':
      return `struct ${shape.name}`;
  }
}

function described(token: string, value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return `boolean \`${token}\``;
  if (typeof value === 'string') return `string ${JSON.stringify(value)}`;
  return Number.isInteger(value) ? `integer \`${token}\`` : `floating point \`${token}\``;
}
