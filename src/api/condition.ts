/** metav1.Condition, and the rule that keeps its transition time honest. */
import { z } from 'zod';

export const condition = z
  .object({
    type: z.string().max(316).meta({ description: 'CamelCase name of the condition.' }),
    status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'Whether it holds.' }),
    observedGeneration: z
      .int()
      .meta({ description: 'The generation of the object that this condition speaks of.' }),
    lastTransitionTime: z.string().meta({ description: 'When `status` last changed.', format: 'date-time' }),
    reason: z.string().min(1).max(1024).meta({ description: 'CamelCase reason, one word, for machines.' }),
    message: z.string().max(32768).meta({ description: 'One sentence for people.' }),
  })
  .meta({ description: 'One observation about the object.' });

export type Condition = z.infer<typeof condition>;

/** The conditions with `next` put in place of the one of its type; `lastTransitionTime` moves only when `status` does. */
export function setCondition(
  list: readonly Condition[],
  next: Omit<Condition, 'lastTransitionTime'>,
  now: string,
): readonly Condition[] {
  const before = list.find(({ type }) => type === next.type);
  const lastTransitionTime =
    before !== undefined && before.status === next.status ? before.lastTransitionTime : now;
  return [...list.filter(({ type }) => type !== next.type), { ...next, lastTransitionTime }];
}
