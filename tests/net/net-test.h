/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "net/cr-client.h"

G_BEGIN_DECLS

/* A server on loopback in the loop of the test. It gives the answers it was told, in order, the
 * last one for ever, and keeps what it was asked. */
typedef struct
{
  SoupServer *soup;
  char *uri;        /* `http://127.0.0.1:port` */
  GQueue answers;   /* Answer (owned) */
  GPtrArray *asked; /* Asked (owned) */
  GPtrArray *held;  /* (nullable): messages of TLS */
  guint open_now;   /* answers that wait */
  guint most_open;
  guint delay_ms; /* before each answer */
} Fake;

typedef struct
{
  char *method;
  char *path;
  char *query;
  char *body;
  GHashTable *headers; /* lower-case name → value */
} Asked;

void fake_start (Fake *fake, GTlsCertificate *certificate);
void fake_stop (Fake *fake);
/* @headers: lines `Name: value`, or NULL. */
void fake_answer (Fake *fake, guint status, const char *headers, const char *body);
void fake_answer_bytes (Fake *fake, guint status, const char *headers, GBytes *body);
/* Drops the answers told so far. */
void fake_forget (Fake *fake);
const Asked *fake_asked (Fake *fake, guint index);
const char *asked_header (const Asked *asked, const char *name);
char *fake_url (Fake *fake, const char *path);

/* A callback that keeps its result in a GAsyncResult *, and the wait for it. */
void keep_result (GObject *source, GAsyncResult *result, gpointer user_data);
GAsyncResult *wait_result (GAsyncResult **result);
void wait_for (const guint *count, guint wanted);

/* Sends and waits. */
CrReply *send_request (CrClient *client, const CrRequest *request, GError **error);

G_END_DECLS
