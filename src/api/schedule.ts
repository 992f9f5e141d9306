/** `spec.schedule`: when nodes may be started. Whether a cron expression and a time zone mean anything, only our own parsing can tell. */
import { Cron } from 'croner';
import { z } from 'zod';
import { duration } from './duration.ts';
import { rules } from './rule.ts';

/** Five fields, in what croner calls 5-part mode: no seconds, no `@daily`. */
export const cronMode = '5-part';
const field = '[0-9A-Za-z*,/#-]+';
const cronShape = `^${field}( ${field}){4}$`;
const isCron = (text: string): boolean => {
  if (!new RegExp(cronShape).test(text)) return false;
  try {
    return new Cron(text, { mode: cronMode, paused: true }).getPattern() !== undefined;
  } catch {
    return false;
  }
};
/** Not an offset such as `+02:00`: it knows no summer time. */
const zoneShape = '^[A-Za-z][-+_A-Za-z0-9]*(/[-+_A-Za-z0-9]+)*$';
const isTimeZone = (text: string): boolean => {
  if (!new RegExp(zoneShape).test(text)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

const cron = rules(
  z.string().max(128),
  [
    {
      cel: `self.matches('${cronShape}')`,
      message:
        'must be a cron expression of five fields, minute, hour, day of month, month and day of week, such as `0 22 * * MON-FRI`',
      holds: isCron,
    },
  ],
  {
    description:
      'When a window opens, as a cron expression of five fields (minute, hour, day of month, month, day of week) in `timeZone`.',
  },
);

const window = z.object({
  start: cron,
  duration: duration({ least: '1m', description: 'For how long it is open.' }),
});

const moment = (description: string) => z.iso.datetime({ offset: true }).meta({ description });

const blackout = rules(
  z.object({
    from: moment('When it begins.'),
    to: moment('When it ends.'),
    reason: z.string().max(256).exactOptional().meta({ description: 'Why, for people.' }),
  }),
  [
    {
      cel: 'self.from < self.to',
      message: 'must be later than `from`',
      fieldPath: '.to',
      holds: ({ from, to }) => Date.parse(from) < Date.parse(to),
    },
  ],
  { description: 'A time in which no node is started, whatever the windows say.' },
);

export const schedule = z
  .object({
    timeZone: rules(
      z.string().min(1).max(64),
      [
        {
          cel: `self.matches('${zoneShape}')`,
          message: 'must be a time zone of the IANA database such as Europe/Berlin or UTC',
          holds: isTimeZone,
        },
      ],
      { description: 'The time zone of `windows`, by its IANA name.' },
    ).default('UTC'),
    windows: z.array(window).max(20).exactOptional().meta({
      description:
        'When nodes may be started. A node is started only if it can be expected to be done before the window closes. None: at any time.',
      'x-kubernetes-list-type': 'atomic',
    }),
    blackouts: z.array(blackout).max(100).exactOptional().meta({
      description: 'When no node is started, whatever the windows say.',
      'x-kubernetes-list-type': 'atomic',
    }),
  })
  .meta({ description: 'When nodes may be started. Nodes on their way are finished at any time.' });

export type Schedule = z.output<typeof schedule>;
