
# ---- The service of this folder -----------------------------------------------------------------------------------------------

# Options such as http=8081 as a table.
function ConvertTo-OptionTable {
    param([string[]] $Options, [string] $Name)
    $Table = @{}
    foreach ($Option in @($Options | ForEach-Object { $_ -split ',' } | Where-Object { $_ })) {
        $At = $Option.IndexOf('=')
        if ($At -lt 1) { Stop-Run "``$Option`` is not NAME=value" "write it as -$Name name=value" 2 }
        $Table[$Option.Substring(0, $At)] = $Option.Substring($At + 1)
    }
    return $Table
}

# S-1-5-80- and the five words of the SHA-1 of the name in capitals, as Windows computes it.
function Get-ServiceSid {
    param([string] $Name)
    $Sha1 = [Security.Cryptography.SHA1]::Create()
    $Hash = $Sha1.ComputeHash([Text.Encoding]::Unicode.GetBytes($Name.ToUpperInvariant()))
    $Sha1.Dispose()
    return 'S-1-5-80-' + (@(foreach ($At in 0, 4, 8, 12, 16) { [BitConverter]::ToUInt32($Hash, $At) }) -join '-')
}

# Paths on this server must say drive and folders.
function Resolve-Option {
    param([string] $Path, [string] $Otherwise, [string] $Name)
    if (-not $Path) { return $Otherwise }
    if ($Path -notmatch '^[A-Za-z]:\\[^"<>|*?]+$') { Stop-Run "``$Path`` is not a full path" "write it as -$Name C:\folder" 2 }
    return $Path.TrimEnd('\')
}

# The directory of an instance of another name: the product's folder, then the instance's.
function Move-ToInstance {
    param([object] $Directory, [hashtable] $Sids)
    if ($Instance) {
        $At = $Directory.path.LastIndexOf('\')
        $Directory.path = $Directory.path.Substring(0, $At) + '\' + $Instance + $Directory.path.Substring($At)
    }
    foreach ($Old in $Sids.Keys) {
        foreach ($Access in $Directory.access) { if ($Access.trustee -eq $Old) { $Access.trustee = $Sids[$Old] } }
        if ($Directory.sddl) { $Directory.sddl = $Directory.sddl.Replace(";$Old)", ";$($Sids[$Old]))") }
    }
}

# The name of a service on this server: that of service.json, or the instance's.
function Get-InstanceName {
    param([string] $Name)
    if ($Instance) { return "$Name-$Instance" }
    return $Name
}

# The services of service.json as they are to be on this server, each as a unit of the shared functions.
function Get-Unit {
    $Release = $Run.Release
    $Units = @(Get-Instance $Release)
    $Sids = @{}
    foreach ($Unit in $Units) {
        $Place = $Unit.Instance
        $Place.service_name = Get-InstanceName $Place.service_name
        if ($Instance) {
            $Place.name = $Instance
            $Place.title = "$($Place.title) $Instance"
        }
        $Sids[$Place.service_sid] = Get-ServiceSid $Place.service_name
        $Place.service_sid = $Sids[$Place.service_sid]
    }
    foreach ($Unit in $Units) { foreach ($Directory in $Unit.Instance.config, $Unit.Instance.data, $Unit.Instance.log) { Move-ToInstance $Directory $Sids } }
    $Release.locations.version = Resolve-Option $InstallDirectory (Find-InstallDirectory $Units) 'InstallDirectory'
    return $Units
}

# Where the program was installed: the folder that one of its services runs from, if this product is in it. Otherwise the folder of an
# installed uninstall.ps1, or the default.
function Find-InstallDirectory {
    param([object[]] $Units)
    foreach ($Unit in $Units) {
        foreach ($Name in @($Unit.Instance.service_name) + @(Get-FormerName $Unit)) {
            $Folder = Get-ImageFolder $Name
            if ($Folder -and (Read-FormerRelease $Folder)) { return $Folder }
        }
    }
    if (-not (Test-Path -LiteralPath (Join-Path $PSScriptRoot 'install.ps1'))) { return $PSScriptRoot.TrimEnd('\') }
    return Expand-DeployPath $Run.Release.locations.version
}

# The folder of a service's executable, or nothing.
function Get-ImageFolder {
    param([string] $Name)
    $Image = "$(Get-KeyValue (Get-ServiceKey $Name) 'ImagePath')"
    if ($Image -match '^"([A-Za-z]:\\[^"]+)\\[^"\\]+"') { return $Matches[1] }
    if ($Image -match '^([A-Za-z]:\\.+?)\\[^\\]+?\.exe( |$)') { return $Matches[1] }
    return $null
}

# The service.json of this product in a folder, or nothing.
function Read-FormerRelease {
    param([string] $Folder)
    $Path = Join-Path $Folder 'service.json'
    if (-not (Test-Path -LiteralPath $Path)) { return $null }
    $Former = Read-JsonFile $Path
    if ($Former.product.name -ne $Run.Release.product.name) { return $null }
    return $Former
}

# A service of that name must be of this program.
function Assert-Ours {
    param([object[]] $Units)
    foreach ($Unit in $Units) {
        $Found = Get-KeyValue (Get-ServiceKey $Unit.Instance.service_name) 'ImagePath'
        $Image = '"' + $Run.Release.locations.version + '\' + $Unit.Service.image + '"'
        if (-not $Found -or $Found.StartsWith($Image, [StringComparison]::OrdinalIgnoreCase)) { continue }
        # A former version may have had its executable under another name.
        $Folder = Get-ImageFolder $Unit.Instance.service_name
        if (-not ($Folder -eq $Run.Release.locations.version -and (Read-FormerRelease $Folder))) {
            Stop-Run "a service ``$($Unit.Instance.service_name)`` is already there, and not of this program: $Found" 'remove it, or give the -InstallDirectory that it was installed to' 6
        }
    }
}

# The names of the services whose executable is in the program's folder, of whichever instance.
function Get-ProgramService {
    $Folder = $Run.Release.locations.version + '\'
    $Services = 'HKLM:\SYSTEM\CurrentControlSet\Services'
    # A key that cannot be read is not one of ours.
    foreach ($Name in @(Get-ChildItem -LiteralPath $Services -ErrorAction SilentlyContinue | ForEach-Object { $_.PSChildName })) {
        try { $Image = "$(Get-KeyValue "$Services\$Name" 'ImagePath')".TrimStart('"') } catch { continue }
        if (-not $Image.StartsWith($Folder, [StringComparison]::OrdinalIgnoreCase)) { continue }
        # What is in a folder below is somebody else's.
        if (-not ($Image.Substring($Folder.Length) -split '[" ]')[0].Contains('\')) { $Name }
    }
}

# One step of the work: shown with -WhatIf, done otherwise.
function Invoke-Work {
    param([string] $Target, [string] $What, [scriptblock] $Work)
    if ($Run.Cmdlet.ShouldProcess($Target, $What)) { & $Work }
}

# Runs the whole and ends with its exit code.
function Invoke-Whole {
    param([scriptblock] $Work)
    try {
        Assert-NativePowerShell
        Read-Release
        Assert-Administrator
        & $Work
        if ($Run.Changed -eq 0 -and -not $WhatIfPreference) { Write-Line 'nothing had to be changed' }
    }
    catch {
        if ($Run.ExitCode -eq 0) { $Run.ExitCode = 1 }
        [Console]::Error.WriteLine("error: $($_.Exception.Message)")
        Write-Verbose ($_.ScriptStackTrace)
    }
    exit $Run.ExitCode
}
