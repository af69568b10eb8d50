/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A bus and a gnome-keyring of its own, so that nobody else's is locked. */
typedef struct
{
  char *folder;
  GSubprocess *bus;
  GSubprocess *daemon;
  gboolean is_empty;       /* no keyring was made yet */
  gboolean starts_nothing; /* the bus starts no service by itself: a keyring that ends is gone */
} House;

/* FALSE: what it needs is not installed. Before anything else of the process speaks to a bus. */
gboolean house_open (House *house);
void house_end_daemon (House *house);
/* Again, with the keyring it had. */
void house_start_daemon (House *house);
void house_close (House *house);
void house_lock (void);
/* As a person does who enters the password. */
void house_unlock (void);

G_END_DECLS
