export { FakeAccount } from './FakeAccount';
export { FakeMailServer, type FakeHooks, type FakeOptions } from './FakeMailServer';
export { FakeWriter } from './FakeWriter';
