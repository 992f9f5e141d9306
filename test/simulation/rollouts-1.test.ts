import { testSeeds } from './rollouts.ts';

testSeeds(1, 500);
