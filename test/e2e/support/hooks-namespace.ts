/** Where hooks run in labs with an operator. */
export const hooksNamespace = 'os-hooks';
