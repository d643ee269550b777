export { FakeAccount } from './FakeAccount';
export { FakeMailServer, type FakeCall, type FakeHooks, type FakeOptions } from './FakeMailServer';
export { FakeWriter } from './FakeWriter';
