/** `spec.target`: which version is to be reached, and which are not to be installed (yet). */
import { z } from 'zod';
import { duration } from './duration.ts';
import { rules } from './rule.ts';
import { latest, targetVersion } from './target-version.ts';

const versionForm = /^[0-9]+(\.[0-9]+)+(-[0-9A-Za-z.-]+)?$/;
const longestVersion = 64;

/** Whether it can stand in a policy as the name of a version. */
export const isVersionText = (text: string): boolean =>
  text.length <= longestVersion && versionForm.test(text);

const anyVersion = (description: string) =>
  rules(
    z.string().min(1).max(longestVersion),
    [
      {
        cel: "self.matches('^[0-9]+(\\\\.[0-9]+)+(-[0-9A-Za-z.-]+)?$')",
        message: 'must be a version such as 1.26.1, or a build id such as 18613.164.98',
        holds: (text) => versionForm.test(text),
      },
    ],
    { description },
  );

export const target = rules(
  z
    .object({
      version: targetVersion.default(latest),
      minimumAge: duration({
        description:
          'A version is installed only when a node of this policy was offered it for the first time so long ago (`status.versionsSeen`). On ContainerOptimizedOS a version that is too young is taken back as soon as a check has staged it.',
      }).exactOptional(),
      deny: z
        .array(anyVersion('A version.'))
        .max(50)
        .exactOptional()
        .meta({ description: 'Versions that are never installed.', 'x-kubernetes-list-type': 'set' }),
      approval: z
        .enum(['Automatic', 'Manual'])
        .default('Automatic')
        .meta({ description: '`Manual`: nothing is started until `approvedVersion` names the version.' }),
      approvedVersion: anyVersion(
        'The version that may be installed, where `approval` is Manual.',
      ).exactOptional(),
    })
    .prefault({}),
  [
    {
      cel: "self.approval == 'Manual' || !has(self.approvedVersion)",
      message: 'must be left out unless `approval` is Manual',
      fieldPath: '.approvedVersion',
      reason: 'FieldValueForbidden',
      holds: ({ approval, approvedVersion }) => approval === 'Manual' || approvedVersion === undefined,
    },
    {
      cel: '!has(self.deny) || !(self.version in self.deny)',
      message: 'must not be among `deny`',
      fieldPath: '.version',
      holds: ({ version, deny = [] }) => !deny.includes(version),
    },
    {
      cel: '!has(self.deny) || !has(self.approvedVersion) || !(self.approvedVersion in self.deny)',
      message: 'must not be among `deny`',
      fieldPath: '.approvedVersion',
      holds: ({ approvedVersion, deny = [] }) =>
        approvedVersion === undefined || !deny.includes(approvedVersion),
    },
    {
      cel: "!has(self.approvedVersion) || self.version == 'Latest' || self.version == self.approvedVersion",
      message: 'must be the version that `version` names',
      fieldPath: '.approvedVersion',
      holds: ({ approvedVersion, version }) =>
        approvedVersion === undefined || version === latest || version === approvedVersion,
    },
  ],
  { description: 'The version to reach.' },
);
