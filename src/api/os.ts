/** The operating systems we know, by the name users write. */
import { z } from 'zod';

export const osNames = ['Bottlerocket', 'ContainerOptimizedOS'] as const;
export const osName = z.enum(osNames);
export type OsName = (typeof osNames)[number];

/** How the programs of a Container-Optimized OS host are run. */
export const hostCommands = ['Chroot', 'Nsenter'] as const;
