/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-error.h"
#include "net/cr-client.h"

G_BEGIN_DECLS

/* What is asked of object storage. */
typedef enum
{
  CR_OBJECT_PUT,
  CR_OBJECT_GET,
  CR_OBJECT_HEAD, /* only whether it is there, and how large */
  CR_OBJECT_LIST,
  CR_OBJECT_DELETE,
  CR_OBJECT_BEGIN, /* a file in parts */
  CR_OBJECT_PART,
  CR_OBJECT_COMPLETE, /* the file appears */
  CR_OBJECT_ABORT,    /* the parts go */
  CR_OBJECT_PARTS,    /* which parts of it are there; none of what was never begun or has ended */
  CR_OBJECT_UPLOADS,  /* which files in parts were begun under this name and never ended */
} CrObjectVerb;

typedef struct
{
  CrObjectVerb verb;
  const char *key;          /* of the object; CR_OBJECT_LIST: what names start with */
  GBytes *body;             /* (nullable) */
  const char *body_sha256;  /* (nullable): hex, where it is known already */
  const char *body_md5;     /* (nullable): base64, where it is known already */
  const char *content_type; /* (nullable) */
  const char *upload;       /* (nullable): what CR_OBJECT_BEGIN gave */
  guint part;               /* from 1 */
  GPtrArray *tags;          /* (nullable): of char *, one a part: what each was answered with */
} CrObjectCall;

/* Where, and with what. */
typedef struct
{
  char *endpoint;          /* (owned): no slash at its end */
  char *bucket;            /* (owned): of Azure, the container */
  char *region;            /* (owned) (nullable) */
  char *access_key;        /* (owned): of Azure, the account */
  char *secret;            /* (owned): wiped */
  char *token;             /* (owned) (nullable): of temporary credentials; wiped */
  gboolean is_virtual;     /* the bucket is in the name of the host */
  gboolean sends_checksum; /* `x-amz-checksum-sha256`, until the storage refuses it */
} CrObjectAccount;

void cr_object_account_free (CrObjectAccount *self);

/* One signed request. */
typedef struct
{
  const char *method; /* (unowned) */
  char *url;          /* (owned) */
  char **headers;     /* (owned): name, value, …, NULL */
  GBytes *body;       /* (owned) (nullable) */
  char *content_type; /* (owned) (nullable) */
} CrObjectRequest;

void cr_object_request_clear (CrObjectRequest *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CrObjectRequest, cr_object_request_clear)

/* How one provider wants to be asked, and what its answers mean; pure. */
typedef struct
{
  gboolean has_uploads; /* parts belong to an upload that has to be begun and aborted */
  gboolean signs_body;  /* its SHA-256 is part of what is signed */
  gboolean (*sends_md5) (const CrObjectAccount *account, CrObjectVerb verb);
  gboolean (*write) (const CrObjectAccount *account,
                     const CrObjectCall *call,
                     gint64 now_ms,
                     CrObjectRequest *request,
                     GError **error);
  /* An answer that refuses becomes an error with the remedy. @words: `write files` */
  gboolean (*check) (const CrObjectAccount *account,
                     const CrObjectCall *call,
                     const CrReply *reply,
                     const char *words,
                     GError **error);
  char *(*read_upload) (const CrReply *reply);                        /* (nullable) */
  char *(*read_tag) (const CrObjectCall *call, const CrReply *reply); /* (nullable) */
  GPtrArray *(*read_uploads) (const char *key, const CrReply *reply); /* may be NULL: of char * */
  /* Changes the account as the answer to a request asks for that was written with these; TRUE when
   * it is worth repeating. Another request may have learnt the same meanwhile. */
  gboolean (*learn) (CrObjectAccount *account,
                     const char *region,
                     gboolean had_checksum,
                     const CrReply *reply);
} CrObjectDialect;

char *cr_object_md5 (GBytes *body); /* base64 */

extern const CrObjectDialect cr_s3_dialect;
extern const CrObjectDialect cr_azure_dialect;

G_END_DECLS
