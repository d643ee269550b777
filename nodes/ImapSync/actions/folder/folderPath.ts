import type { MailboxWriter } from '../../../../sync/changing/writing';
import { pathIn } from '../../../../sync/server/folderListing';

/** The path of a folder below another one, or on the top level, as this mail server writes it. */
export function pathOf({ hierarchy }: Pick<MailboxWriter, 'hierarchy'>, name: string, parent?: string): string {
	return parent === undefined ? pathIn(hierarchy, name) : `${parent}${hierarchy.delimiter}${name}`;
}

/** The parts before and after the last delimiter. */
export function splitPath({ hierarchy }: Pick<MailboxWriter, 'hierarchy'>, path: string): { parent?: string; name: string } {
	const end = path.lastIndexOf(hierarchy.delimiter);
	return end < 0 ? { name: path } : { parent: path.slice(0, end), name: path.slice(end + hierarchy.delimiter.length) };
}
