
# ---- deployment.json ----------------------------------------------------------------------------------------------------------

# Completes a path of deployment.json; only these two beginnings are variables, whatever else stands in the path.
function Expand-DeployPath {
    param([string] $Path)
    foreach ($Name in 'ProgramFiles', 'ProgramData') {
        $Prefix = "%$Name%\"
        if ($Path.StartsWith($Prefix, [StringComparison]::OrdinalIgnoreCase)) {
            return [Environment]::GetEnvironmentVariable($Name) + '\' + $Path.Substring($Prefix.Length)
        }
    }
    return $Path
}

function Read-Release {
    $Path = $Manifest
    if (-not $Path) { $Path = Join-Path $PSScriptRoot 'deployment.json' }
    if (-not (Test-Path -LiteralPath $Path)) {
        Stop-Run "there is no ``$Path``" 'unpack the whole folder, or name the file with -Manifest' 2
    }
    $Release = Read-JsonFile $Path
    if ($Release.schema_version -ne 1) {
        Stop-Run "``$Path`` has schema version $($Release.schema_version), this script knows 1" 'use the Deploy.ps1 of the same folder' 2
    }
    $Run.Folder = Split-Path -Parent $Path
    $Run.Source = $Path
    $Run.Release = $Release
    $Run.Releases[$Release.product.version] = $Release
    Read-GivenProperty
}

# Compares every artifact with its digest before the server is touched.
function Assert-Artifact {
    foreach ($Artifact in $Run.Release.artifacts) {
        $Path = Join-Path $Run.Folder $Artifact.file.Replace('/', '\')
        if (-not (Test-Path -LiteralPath $Path)) { Stop-Run "artifact ``$Path`` is missing" 'unpack the folder again' }
        $Digest = (Get-FileHash -LiteralPath $Path -Algorithm SHA256).Hash
        if ($Digest -ne $Artifact.sha256) {
            Stop-Run "artifact ``$Path`` has SHA-256 $($Digest.ToLowerInvariant()), expected $($Artifact.sha256)" 'it was changed or damaged: fetch the folder again'
        }
    }
}

# The deployment.json of a version that is or was installed.
function Get-Release {
    param([string] $Version)
    if (-not $Run.Releases.ContainsKey($Version)) {
        $Path = Join-Path (Get-ReleaseFolder $Version) 'deployment.json'
        if (-not (Test-Path -LiteralPath $Path)) { Stop-Run "version $Version is no longer kept: there is no ``$Path``" 'install it from its own folder' }
        $Run.Releases[$Version] = Read-JsonFile $Path
        Read-InstalledRelease $Run.Releases[$Version]
    }
    return $Run.Releases[$Version]
}

# Directories and ports of the instances as they are on this server.
function Read-InstalledRelease {
    param([object] $Release)
    foreach ($Unit in @(Get-Instance $Release)) {
        $Name = $Unit.Instance.service_name
        $Before = @($Unit.Instance.ports | ForEach-Object { $_.port })
        Read-InstalledPlace $Unit
        foreach ($Rule in @($Release.firewall | Where-Object { $_.service -eq $Name })) {
            $Index = [array]::IndexOf($Before, $Rule.port)
            if ($Index -ge 0) { $Rule.port = @($Unit.Instance.ports)[$Index].port }
        }
    }
}

function Get-StateFolder { return Expand-DeployPath $Run.Release.locations.state.path }

function Get-ReleaseFolder {
    param([string] $Version)
    return Join-Path (Join-Path (Get-StateFolder) 'releases') (ConvertTo-FolderName $Version)
}

# The last part of the version's program directory, which has the version in it.
function ConvertTo-FolderName {
    param([string] $Version)
    return [regex]::Replace($Version, '[<>:"/\\|?*]', '_')
}

function Get-ServiceModel {
    param([object] $Release, [string] $Name)
    return $Release.services | Where-Object { $_.name -eq $Name } | Select-Object -First 1
}

# The instances of a release, each with its service, for a slot; instances without a slot belong to both.
function Get-Instance {
    param([object] $Release, [string] $Slot)
    foreach ($Service in $Release.services) {
        foreach ($Instance in $Service.instances) {
            if (-not $Instance.slot -or -not $Slot -or $Instance.slot -eq $Slot) {
                [pscustomobject]@{ Service = $Service; Instance = $Instance; Release = $Release }
            }
        }
    }
}

function Get-InstanceByName {
    param([object] $Release, [string] $ServiceName)
    return Get-Instance $Release | Where-Object { $_.Instance.service_name -eq $ServiceName } | Select-Object -First 1
}

function Test-Slotted {
    param([object] $Release)
    return $Release.rollout.strategy -ne 'rolling'
}

# Replaces {{ symbols }} by the values of one instance.
function Expand-Symbol {
    param([AllowEmptyString()][string] $Text, [object] $Unit)
    $Values = @{
        install_dir  = Expand-DeployPath $Unit.Release.locations.version
        config_dir   = Expand-DeployPath $Unit.Instance.config.path
        data_dir     = Expand-DeployPath $Unit.Instance.data.path
        log_dir      = Expand-DeployPath $Unit.Instance.log.path
        instance     = $Unit.Instance.name
        service_name = $Unit.Instance.service_name
    }
    foreach ($Port in $Unit.Instance.ports) { $Values["port.$($Port.name)"] = "$($Port.port)" }
    $Result = New-Object System.Text.StringBuilder
    $Last = 0
    foreach ($Match in [regex]::Matches($Text, '\{\{\s*([A-Za-z0-9_.]+)\s*\}\}')) {
        [void]$Result.Append($Text.Substring($Last, $Match.Index - $Last))
        $Name = $Match.Groups[1].Value
        if (-not $Values.ContainsKey($Name) -and $Name.StartsWith('property.')) { $Values[$Name] = Get-PropertyValue $Name.Substring(9) $Unit }
        if (-not $Values.ContainsKey($Name)) { Stop-Run "deployment.json uses ``$Name``, which has no value for $($Unit.Instance.service_name)" }
        [void]$Result.Append($Values[$Name])
        $Last = $Match.Index + $Match.Length
    }
    return $Result.Append($Text.Substring($Last)).ToString()
}
