import type * as imapflow from 'imapflow';
import type * as imapflowTools from 'imapflow/lib/tools.js';
import type PQueue from 'p-queue';

/**
 * The libraries of this room, each loaded by the first connection: n8n loads the nodes of every package in each of its processes,
 * whether a workflow uses them or not.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- an import would load the library with this file */
export const imapClient = (): typeof imapflow.ImapFlow => (require('imapflow') as typeof imapflow).ImapFlow;
export const promiseQueue = (): typeof PQueue => (require('p-queue') as { default: typeof PQueue }).default;
/** Kept, for it is asked for with each message: each time the path would be resolved anew, by a look at the disk. */
let tools: typeof imapflowTools | undefined;
export const imapTools = (): typeof imapflowTools => (tools ??= require('imapflow/lib/tools.js') as typeof imapflowTools);
/* eslint-enable @typescript-eslint/no-require-imports */
