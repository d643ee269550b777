// The operations that keep messages outside of the mailbox, a line each. The editor shows them in the order of their names.
export { exportMessages } from './export';
export { verify } from './verify';
