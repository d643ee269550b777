// The operations on the changes of a mailbox, a line each. The editor shows them in the order of their names.
export { getManyChanges } from './getMany';
export { getStateOfChanges } from './getState';
export { resetChanges } from './reset';
