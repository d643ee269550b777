import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

/** Nodes further back than this are not looked at: what is that far away is hardly what an item is about. */
const MOST_NODES = 200;

/** n8n's own nodes that hand out mail, whose items name no message that an IMAP server knows. */
const foreignMail = [
	'n8n-nodes-base.emailReadImap',
	'n8n-nodes-base.gmail',
	'n8n-nodes-base.gmailTrigger',
	'n8n-nodes-base.microsoftOutlook',
	'n8n-nodes-base.microsoftOutlookTrigger',
];

/** A node before this one. */
interface EarlierNode {
	name: string;
	type: string;
	/** Its item that an input item came of; throws where n8n does not know. */
	itemFor: (index: number) => unknown;
}

/** What an input item came of. */
export interface PairedItem {
	json?: IDataObject;
	/** The nearest node of n8n's own that hands out mail, where no item was found. */
	foreign?: Pick<EarlierNode, 'name' | 'type'>;
}

/**
 * The items that the input items came of, as n8n's paired items say. The nodes before this one are asked one after the other, the
 * nearest first, as an expression with `$('Node').item` asks them.
 */
export class PairedItems {
	private found: EarlierNode[] | undefined;
	private proxy: ReturnType<IExecuteFunctions['getWorkflowDataProxy']> | undefined;

	constructor(private readonly n8n: Pick<IExecuteFunctions, 'getNode' | 'getParentNodes' | 'getWorkflowDataProxy'>) {}

	/** The nearest item that an input item came of and that is `wanted`. */
	nearest(index: number, wanted: (json: IDataObject) => boolean): PairedItem {
		this.found ??= this.earlierNodes();
		for (const { itemFor } of this.found) {
			const json = jsonOf(itemFor, index);
			if (json && wanted(json)) return { json };
		}
		const foreign = this.found.find(({ type }) => foreignMail.includes(type));
		return foreign ? { foreign } : {};
	}

	/** All nodes that lead to this one, by their distance. */
	private earlierNodes(): EarlierNode[] {
		const { name } = this.n8n.getNode();
		const seen = new Map<string, EarlierNode>();
		// A map goes on over what is added to it meanwhile.
		const visit = (of: string): void => {
			for (const parent of this.n8n.getParentNodes(of, { depth: 1 })) {
				if (parent.name === name || seen.has(parent.name) || seen.size >= MOST_NODES) continue;
				seen.set(parent.name, { name: parent.name, type: parent.type, itemFor: this.pairing(parent.name) });
			}
		};
		visit(name);
		for (const earlier of seen.keys()) visit(earlier);
		return [...seen.values()];
	}

	/** n8n's function that gives the item of a node from which an input item came: asked for once, for n8n looks at the whole workflow then. */
	private pairing(name: string): EarlierNode['itemFor'] {
		try {
			this.proxy ??= this.n8n.getWorkflowDataProxy(0);
			return (this.proxy.$ as (node: string) => { pairedItem: EarlierNode['itemFor'] })(name).pairedItem;
		} catch {
			// It did not run, or not on the way to this item.
			return () => undefined;
		}
	}
}

function jsonOf(itemFor: EarlierNode['itemFor'], index: number): IDataObject | undefined {
	try {
		const item = itemFor(index) as { json?: IDataObject } | undefined;
		return item?.json;
	} catch {
		// n8n throws where the way back is lost or leads to several items: then this node says nothing about the item.
		return undefined;
	}
}
