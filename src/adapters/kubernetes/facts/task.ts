/** A node-task Pod: what it was made for, and what its kubelet says became of it. */
import { parseAnswer, type TaskAnswer } from '../../../api/task.ts';
import type { TaskFacts } from '../../../plan/facts.ts';
import { noAnswerOf, whyEnded } from './no-answer.ts';
import type { TaskPodRecord, TaskReading } from './task-record.ts';

export function taskFacts(record: TaskPodRecord, reading: TaskReading): TaskFacts {
  const { terminated } = record.container;
  // The kubelet puts a text of its own where the container's state was lost.
  const lost = terminated?.reason === 'ContainerStatusUnknown';
  const parsed = terminated === undefined || lost ? undefined : parseAnswer(terminated.message ?? '');
  const answer = parsed !== undefined && 'answer' in parsed ? explained(parsed.answer, record) : undefined;
  return {
    ...record.facts,
    answer,
    noAnswer:
      answer === undefined
        ? noAnswerOf(
            record,
            parsed !== undefined && 'invalid' in parsed ? parsed.invalid : undefined,
            reading,
          )
        : undefined,
    firstSeen: reading.firstSeen,
    firstSeenTicks: reading.firstSeenTicks,
  };
}

/** A task that was told to stop says so; who told it, only the kubelet knows. */
function explained(answer: TaskAnswer, record: TaskPodRecord): TaskAnswer {
  const why = answer.reason === 'Terminated' ? whyEnded(record) : undefined;
  return why === undefined ? answer : { ...answer, message: `${why}: ${answer.message}` };
}
