/*
 * The driver of a virtual reader whose cable can be pulled: it is vpcd's, except that the reader answers the card service
 * nothing while the file UNPLUGGED is there. The service loads this library and finds every other function in the driver that
 * the library is linked with.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <unistd.h>
#include <PCSC/ifdhandler.h>

static int unplugged(void) { return access(UNPLUGGED, F_OK) == 0; }

static void *of_driver(const char *name)
{
	void *driver = dlopen(DRIVER, RTLD_NOW);
	return driver == NULL ? NULL : dlsym(driver, name);
}

RESPONSECODE IFDHICCPresence(DWORD lun)
{
	RESPONSECODE (*presence)(DWORD) = of_driver("IFDHICCPresence");
	return unplugged() || presence == NULL ? IFD_COMMUNICATION_ERROR : presence(lun);
}

RESPONSECODE IFDHTransmitToICC(DWORD lun, SCARD_IO_HEADER send, PUCHAR command, DWORD length, PUCHAR answer, PDWORD room,
                               PSCARD_IO_HEADER receive)
{
	RESPONSECODE (*transmit)(DWORD, SCARD_IO_HEADER, PUCHAR, DWORD, PUCHAR, PDWORD, PSCARD_IO_HEADER) = of_driver("IFDHTransmitToICC");
	if (unplugged() || transmit == NULL) {
		*room = 0;
		return IFD_COMMUNICATION_ERROR;
	}
	return transmit(lun, send, command, length, answer, room, receive);
}
