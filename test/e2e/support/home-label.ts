/** Marks the nodes that the operator runs on. */
export const homeLabel = 'scene.containeros.dev/operator';
