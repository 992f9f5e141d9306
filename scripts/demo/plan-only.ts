/** The demo's policies in mode Plan: applied, waited for, and printed. */
import type { ApiObject } from '../../test/lab/api/api-client.ts';
import type { Lab } from '../../test/lab/lab.ts';
import { until } from '../../test/lab/process/until.ts';
import { applyPolicies, type Scene } from '../../test/lab/scene.ts';
import { createPalette } from './palette.ts';
import { type PlanRow, planTable, type PolicyPlan } from './plan-table.ts';
import type { Expected } from './watch-rollout.ts';

interface Policy extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly generation?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly message?: string;
    readonly estimatedCompletion?: string;
    readonly plan?: readonly PlanRow[];
  };
}

/** The Pods of the first nodes are looked at after their rows are told: a plan that stays for so long is whole. Milliseconds. */
const settledFor = 4000;
const widest = 100;

/** @throws Error when some node is in no plan after `withinMs`. */
export async function planOnly(
  lab: Lab,
  scene: Scene,
  expected: readonly Expected[],
  { withinMs, signal }: { readonly withinMs: number; readonly signal: AbortSignal },
): Promise<readonly PolicyPlan[]> {
  await applyPolicies(lab, scene);
  let seen = '';
  let since = performance.now();
  return until(
    'every node to be in a plan',
    async () => {
      const { items } = await lab.client.get<{ readonly items: readonly Policy[] }>(
        '/apis/containeros.dev/v1alpha1/containerospolicies',
      );
      const plans = items.map(planOf);
      const text = JSON.stringify(plans);
      if (text !== seen) since = performance.now();
      seen = text;
      const listed = new Set(plans.flatMap(({ rows }) => rows.map(({ node }) => node)));
      const all = expected.every(({ node }) => listed.has(node));
      return all && performance.now() - since >= settledFor ? plans : undefined;
    },
    { withinMs, everyMs: 500, signal },
  );
}

function planOf({ metadata, status }: Policy): PolicyPlan {
  const { message = '', estimatedCompletion, plan = [] } = status ?? {};
  return {
    policy: metadata.name,
    message,
    ...(estimatedCompletion === undefined ? {} : { estimatedCompletion }),
    rows: plan,
  };
}

export function printPlans(plans: readonly PolicyPlan[], output: NodeJS.WriteStream): void {
  const columns = Math.min(widest, output.isTTY ? output.columns || 80 : widest);
  const palette = createPalette(output.isTTY ? process.env : { NO_COLOR: '1' });
  output.write(`\n${planTable(plans, columns, palette).join('\n')}\n\n`);
}
