export { FakeAccount, type FakeFolder, type FakeMessage, type NewFakeMessage } from './FakeAccount';
export { FakeMailServer, type FakeCall, type FakeHooks, type FakeOptions } from './FakeMailServer';
export { FakeWriter } from './FakeWriter';
