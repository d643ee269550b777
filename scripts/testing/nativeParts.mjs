import { checkMachine } from '../n8n/install.mjs';
import { MissingProgram } from '../n8n/MissingProgram.mjs';
import { COMPILER_PACKAGES } from '../n8n/nativeParts.mjs';
import { aptGet, canUseApt } from './apt.mjs';

/** Makes sure that n8n can run here; installs what compiles if it may. Throws MissingProgram. */
export async function requireNativeParts() {
	try {
		await checkMachine();
	} catch (error) {
		if (!(error instanceof MissingProgram) || !canUseApt()) throw error;
		await aptGet('update');
		await aptGet('install', '--yes', '--no-install-recommends', ...COMPILER_PACKAGES);
		await checkMachine();
	}
}
