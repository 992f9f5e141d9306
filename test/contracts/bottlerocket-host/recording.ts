/** The recordings of a real API server: their form, and reading them. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const response = z.object({
  status: z.number().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
  /** All bytes received, for answers that are not proper HTTP. */
  raw: z.string().optional(),
  error: z.string().optional(),
});

const request = z.object({
  method: z.string().optional(),
  path: z.string().optional(),
  query: z.string().optional(),
  body: z.string().optional(),
  headers: z.record(z.string(), z.string().nullable()).optional(),
  host: z.string().nullable().optional(),
  raw: z.string().optional(),
  pipelined: z.array(z.string()).optional(),
});

const step = z.object({
  request: request.optional(),
  /** A list where one step brought several answers. */
  response: z.union([z.array(response), response]).optional(),
  event: z.string().optional(),
  /** Steps of the project's own client: what it asked and what it was answered. */
  requests: z.array(z.string()).optional(),
});

const scenario = z.object({
  scenario: z.string(),
  area: z.string(),
  description: z.string(),
  steps: z.array(step),
});

export type RecordedRequest = z.infer<typeof request>;
export type RecordedResponse = z.infer<typeof response>;
export type Step = z.infer<typeof step>;
export type Scenario = z.infer<typeof scenario>;

/** Throws where the file is not one of recordings. */
export function readScenarios(path: string): readonly Scenario[] {
  return z.object({ scenarios: z.array(scenario) }).parse(JSON.parse(readFileSync(path, 'utf8'))).scenarios;
}
