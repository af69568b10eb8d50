/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum
{
  CR_CLIENT_AUTH_NONE,
  CR_CLIENT_AUTH_BASIC,
  CR_CLIENT_AUTH_POST,
  CR_CLIENT_AUTH_PRIVATE_KEY_JWT,
} CrClientAuth;

#define CR_TYPE_CLIENT_AUTH (cr_client_auth_get_type ())
GType cr_client_auth_get_type (void);

/* What staff and the publishers' lists say about a portal; see cr_source_fault(). */
typedef enum
{
  CR_SOURCE_WORKING,
  CR_SOURCE_MOVED,       /* works at a new address; those connected before sign in once more */
  CR_SOURCE_SUSPENDED,   /* by staff, with a reason, perhaps until a day */
  CR_SOURCE_NOT_ENABLED, /* the site has not switched patient access on */
  CR_SOURCE_GONE,        /* no longer in its publisher's list */
} CrSourceStatus;

#define CR_TYPE_SOURCE_STATUS (cr_source_status_get_type ())
GType cr_source_status_get_type (void);

/* How a source is asked, how much it was, and what it said of that. */
typedef struct
{
  int day;              /* that @n is of: 20261128; 0: nothing was counted yet */
  int n;                /* requests of pulls, and tries whether it answers */
  gint64 slowed_ms;     /* when it last asked to slow down; 0: never */
  int slowed_n;         /* how many there were by then that day, with the one refused */
  gint64 slowed_for_ms; /* as long as it asked; 0: it did not say */
  guint said_n;         /* it says that it takes so many, … */
  guint said_s;         /* … in so many seconds; 0: it does not say */
  gint64 said_ms;       /* since when it says so */
  guint max_parallel;   /* at a time, of all patients; 0: not filled */
  guint per_minute;     /* 0: no limit */
  gboolean is_own;      /* staff set @per_minute, else it is of the portal's rules */
} CrSourceQuota;

#define CR_TYPE_SOURCE (cr_source_get_type ())
G_DECLARE_FINAL_TYPE (CrSource, cr_source, CR, SOURCE, GObject)

/* A portal's FHIR endpoint in the catalog. */
struct _CrSource
{
  GObject parent_instance;

  char *id;   /* (owned): fhirsrc_… */
  char *name; /* (owned) */
  char *type; /* (owned) (nullable): vendor, such as `epic`; the name of a file of portal rules */
  char *fhir_base_url;      /* (owned): no slash at its end */
  char *portal_url;         /* (owned) (nullable) */
  char *client_id;          /* (owned) (nullable): without one nobody can sign in here yet */
  CrClientAuth client_auth; /* its secret, if any, is in the keyring under `source/<id>` */
  char *scopes;             /* (owned) (nullable): NULL asks the default of the portal rules */
  char *parameters;         /* (owned) (nullable): what this site wants in the query of a sign-in
                               besides, `name=value&…`, sent letter for letter */
  char *ca_file; /* (owned) (nullable): path of certificates in PEM, of authorities trusted
                    for this source besides those of the computer */
  gint64 created_ms;

  CrSourceStatus status;
  char *status_reason;       /* (owned) (nullable): in words, from staff or from an import */
  gint64 status_ms;          /* 0: working since it was made */
  gint64 suspended_until_ms; /* 0: until staff resume it */
  char *successor_id;        /* (owned) (nullable): of one that is gone: who took its place */

  /* What a publisher's list says; all NULL for one made by hand. */
  char *publisher;      /* (owned) (nullable): whose list it is in */
  char *published_id;   /* (owned) (nullable): its Endpoint there */
  char *published_name; /* (owned) (nullable): differs from the name once staff gave their own */
  char *brand;    /* (owned) (nullable): what people call the whole, when that is not the name */
  char *login;    /* (owned) (nullable): which sign-in page this is, in the publisher's words */
  GStrv aliases;  /* (owned) (nullable): other and older names */
  char *city;     /* (owned) (nullable) */
  char *state;    /* (owned) (nullable) */
  char *npi;      /* (owned) (nullable): National Provider Identifier */
  char *website;  /* (owned) (nullable) */
  char *logo_url; /* (owned) (nullable): where the publisher keeps it; never shown from there */
  char *fhir_version; /* (owned) (nullable): as its list says */

  /* Filled when read. */
  gboolean uses_vendor_client; /* client id and auth are those of its vendor */
  gboolean has_logo;           /* a copy of the logo is kept here */
  guint n_logins;       /* how many sources its brand has: above 1 people must be told which */
  gint64 out_since_ms;  /* it answers nobody since then; 0: it does, as far as is known */
  gint64 next_try_ms;   /* of one that does not answer */
  gint64 slow_until_ms; /* it asked to slow down, and its pulls wait so long; 0: none does */
  guint n_waiting;      /* patients whose pulls wait for it */
  char *outage_code;    /* (owned) (nullable): nick of the CrErrorCode */
  char *outage_message; /* (owned) (nullable) */
  CrSourceQuota quota;
};

/* The clinic's registration with a vendor, for every source of its type without one of its own. */
typedef struct
{
  char *type;               /* (owned) */
  char *client_id;          /* (owned) */
  CrClientAuth client_auth; /* its secret, if any, is in the keyring under `vendor/<type>` */
} CrVendorClient;

void cr_vendor_client_free (CrVendorClient *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrVendorClient, cr_vendor_client_free)

CrSource *cr_source_new (const char *id);
int cr_source_day (gint64 now_ms);
char *cr_source_normal_base (const char *url, GError **error);
char *cr_source_join (const char *base, const char *path);
char *cr_source_secret_name (CrSource *self);
CrSourceStatus cr_source_status_at (CrSource *self, gint64 now_ms);
gboolean cr_source_can_be_chosen (CrSource *self, gint64 now_ms);
char *cr_source_dup_login (CrSource *self);
char *cr_source_dup_place (CrSource *self);

G_END_DECLS
